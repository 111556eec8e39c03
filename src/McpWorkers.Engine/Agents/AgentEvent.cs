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

    /// <summary>Tokens of this run so far.</summary>
    public sealed record UsageReported(Usage Usage) : AgentEvent;

    public sealed record CostReported(decimal Usd) : AgentEvent;

    public sealed record PermissionDenied(string Tool, string Message) : AgentEvent;

    /// <param name="ResetsAt">When the limit ends, where the agent says so.</param>
    public sealed record RateLimited(string Message, DateTimeOffset? ResetsAt) : AgentEvent;

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
