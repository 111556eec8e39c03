namespace McpWorkers.Engine.Model;

/// <summary>How one run ended. Data, not an exception: it is stored, shown and retried on.</summary>
public abstract record RunOutcome
{
    private RunOutcome()
    {
    }

    /// <summary>The agent gave a good final result by its own rule. The text may be empty.</summary>
    public sealed record Completed : RunOutcome;

    /// <summary>As <see cref="Completed"/>, but somebody, or a rule, had denied some of what the agent wanted to do.</summary>
    /// <param name="Tools">The tools whose calls were denied, each once.</param>
    public sealed record CompletedWithDenials(IReadOnlyList<string> Tools) : RunOutcome;

    /// <summary>The agent said, or its exit status says, that the work failed.</summary>
    public sealed record AgentFailed(FailureKind Kind, string Message) : RunOutcome;

    /// <summary>The agent ended without a final result: what it had said is kept, but it is no answer.</summary>
    public sealed record Truncated(string Message) : RunOutcome;

    /// <summary>The agent gave a good result, and a check that was asked for says otherwise. The work is kept.</summary>
    public sealed record VerificationFailed(string Message) : RunOutcome;

    /// <summary>Nothing ran.</summary>
    public sealed record LaunchFailed(string Reason) : RunOutcome;

    public sealed record TimedOut(TimeoutKind Kind, TimeSpan Limit) : RunOutcome;

    /// <summary>Stopped because it wrote more than it was allowed to.</summary>
    public sealed record OutputLimit(long LimitBytes) : RunOutcome;

    /// <summary>Ended because it used more of the machine than it may.</summary>
    public sealed record ResourceLimit(LimitReached Reached) : RunOutcome;

    public sealed record Cancelled(string Reason) : RunOutcome;

    /// <summary>Interrupted because what may be spent is spent. Its session can be gone on with.</summary>
    public sealed record BudgetExceeded(string Message) : RunOutcome;

    /// <summary>It ended while it waited for an answer, which came: another run goes on with its session.</summary>
    /// <param name="RunId">The other run.</param>
    public sealed record Continued(string RunId, string RequestId) : RunOutcome;

    /// <summary>It ran, and nobody can say how it ended: no exit status, no recorded stop.</summary>
    public sealed record Lost(string Message) : RunOutcome;
}

public enum TimeoutKind
{
    WallClock,
    Silence,
    NoFirstOutput,
}

/// <summary>What an agent's failure was about, where the agent says so.</summary>
public enum FailureKind
{
    /// <summary>Anything that is not one of the others.</summary>
    Error,

    /// <summary>The key or login is missing, was refused, or has not the right to this.</summary>
    Authentication,

    /// <summary>The model does not exist or is not to be had.</summary>
    ModelNotFound,

    RateLimited,

    /// <summary>The model service cannot be reached, or answers that it is overloaded or broken.</summary>
    ServiceUnavailable,

    /// <summary>A request that cannot succeed: bad or too large.</summary>
    InvalidRequest,

    Refused,
    TurnLimit,
    Budget,

    /// <summary>The agent could not start its work: bad flag, bad configuration, unknown session.</summary>
    Startup,

    /// <summary>The agent's process was ended by a signal that nobody here sent.</summary>
    Killed,
}
