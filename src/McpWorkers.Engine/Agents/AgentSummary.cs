using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>What a whole run of an agent came to, by its adapter's rule.</summary>
public sealed record AgentSummary
{
    public required AgentVerdict Verdict { get; init; }

    /// <summary>The answer; without a final result the last complete text.</summary>
    public string Text { get; init; } = "";

    public string? SessionId { get; init; }

    public string? Model { get; init; }

    /// <summary>Tokens of this run. Null where the agent did not say.</summary>
    public Usage? Usage { get; init; }

    /// <summary>What this run cost. Null where the agent does not say.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>The session's counters after this run, for the next run's difference.</summary>
    public SessionTotals SessionAfter { get; init; } = SessionTotals.Zero;

    /// <summary>One entry for each tool call that was denied: the tool's name.</summary>
    public IReadOnlyList<string> Denials { get; init; } = [];

    public int Turns { get; init; }

    public int ToolCalls { get; init; }

    public int Retries { get; init; }

    public AgentEvent.RateLimited? RateLimit { get; init; }

    /// <summary>Final results seen; more than one where background work woke the agent up again.</summary>
    public int Results { get; init; }

    public int Subagents { get; init; }

    /// <summary>What the run had to do without, each in a sentence; the run itself may be good.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public required LineCounts Lines { get; init; }
}

/// <summary>By the adapter's rule: a good final result, a failure that was said, or no final result at all.</summary>
public abstract record AgentVerdict
{
    private AgentVerdict()
    {
    }

    public sealed record Good : AgentVerdict;

    public sealed record Failed(FailureKind Kind, string Message) : AgentVerdict;

    public sealed record NoResult(string Message) : AgentVerdict;
}

/// <param name="Total">All lines but empty ones.</param>
/// <param name="NotJson">Lines that are no JSON object.</param>
/// <param name="Unrecognized">JSON objects of a type that the adapter does not know.</param>
/// <param name="InvalidUtf8">Lines with broken UTF-8.</param>
/// <param name="Shortened">Lines that were over the bound on a line.</param>
/// <param name="Unterminated">1 where the last line has no line feed.</param>
public readonly record struct LineCounts(
    long Total, long NotJson, long Unrecognized, long InvalidUtf8, long Shortened, long Unterminated);
