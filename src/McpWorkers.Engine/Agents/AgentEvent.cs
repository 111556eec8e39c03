using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>One thing that an agent said or did, in our words.</summary>
public abstract record AgentEvent
{
    private AgentEvent()
    {
    }

    public sealed record SessionStarted(string SessionId, string? Model) : AgentEvent;

    /// <param name="Content">The text; a delta where <paramref name="Partial"/>.</param>
    /// <param name="Partial">More of the same block follows, or the whole block does.</param>
    /// <param name="Subagent">Said by a subagent: never part of the answer.</param>
    public sealed record Text(string Content, bool Partial, bool Subagent = false) : AgentEvent;

    public sealed record Thinking(string Content, bool Partial) : AgentEvent;

    /// <param name="Input">The arguments as JSON or text, at most 2 KiB of it.</param>
    public sealed record ToolCall(string Id, string Tool, string Input, bool Subagent = false) : AgentEvent;

    /// <param name="Output">At most 2 KiB of it.</param>
    public sealed record ToolResult(string Id, bool IsError, string Output) : AgentEvent;

    /// <summary>Tokens of this run so far. A later one may be lower: the figure at the end is exact, those before it are sums of what was seen.</summary>
    public sealed record UsageReported(Usage Usage) : AgentEvent;

    public sealed record CostReported(decimal Usd) : AgentEvent;

    public sealed record PermissionDenied(string Tool, string Message) : AgentEvent;

    /// <summary>The agent waits for an answer by <see cref="IAgentControl"/>. The same <paramref name="Id"/> comes once.</summary>
    /// <param name="Id">The agent's own.</param>
    /// <param name="Tool">As the agent calls it.</param>
    /// <param name="Input">The tool's arguments as JSON, whole, as the agent wrote them.</param>
    public sealed record PermissionAsked(string Id, string Tool, string Input) : AgentEvent
    {
        /// <summary>The call that it is about, as in <see cref="ToolCall"/>; empty where the agent does not say.</summary>
        public string ToolCallId { get; init; } = "";

        /// <summary>The line was too long and <see cref="Input"/> is cut: nobody can judge what is not shown, so it can only be denied.</summary>
        public bool IsCut { get; init; }
    }

    /// <summary>The model was asked once more by the agent itself (not by a subagent), as far as the stream shows it.</summary>
    /// <param name="Turn">Counted from 1 within the run.</param>
    public sealed record TurnStarted(int Turn) : AgentEvent;

    /// <param name="ResetsAt">When the limit ends, where the agent says so.</param>
    public sealed record RateLimited(string Message, DateTimeOffset? ResetsAt) : AgentEvent
    {
        /// <summary>How long from now the limit lasts, where the agent says that instead of a time.</summary>
        public TimeSpan? ResetsIn { get; init; }

        /// <summary>The agent itself tries again: it may pass in a moment, and the run may yet come out well.</summary>
        public bool IsRetried { get; init; }
    }

    /// <param name="Attempt">Counted from 1; 0 where the agent does not say.</param>
    /// <param name="Status">The HTTP status that caused it, where known.</param>
    public sealed record Retrying(int Attempt, int? MaxAttempts, TimeSpan? Delay, int? Status, string Reason) : AgentEvent;

    /// <param name="Open">How many pieces of background work or subagents go on now.</param>
    public sealed record BackgroundChanged(int Open) : AgentEvent;

    public sealed record FinalResult(bool IsError, string? Answer) : AgentEvent;

    public sealed record Error(string Message) : AgentEvent;

    /// <param name="Type">The line's type; null where it has none or is no JSON.</param>
    public sealed record Unrecognized(string? Type) : AgentEvent;
}
