namespace McpWorkers.Engine.Model;

/// <summary>One attempt at a task: one run of one worker. What is null is not known yet.</summary>
/// <param name="Number">From 1.</param>
/// <param name="RunId">Chosen before anything is started, so that a run can never be begun twice.</param>
/// <param name="Cause">Why it ended so, such as <c>verification_failed</c>, <c>silence</c>, <c>rate_limited</c>, <c>host_ended</c>.</param>
/// <param name="Detail">One line for a person; empty after a success.</param>
public sealed record TaskAttempt(
    int Number, string RunId, string WorkerId, DateTimeOffset Started, DateTimeOffset? Finished = null, AttemptOutcome? Outcome = null,
    AttemptCause? Cause = null, string Detail = "")
{
    public bool IsOver => Outcome is not null;
}

public enum AttemptOutcome
{
    Completed,
    Failed,
    Timeout,
    Cancelled,

    /// <summary>It ran, and nobody can say how it ended.</summary>
    Lost,

    /// <summary>Given back to the queue, by whoever stopped all work, or because the host could not take it on. It does not count as a try.</summary>
    HandedBack,
}

/// <summary>What an attempt's end was about: retries are decided by it.</summary>
public enum AttemptCause
{
    /// <summary>It succeeded.</summary>
    None,

    /// <summary>The agent did its work and a check says otherwise.</summary>
    VerificationFailed,

    /// <summary>The agent says that it failed, and not why.</summary>
    AgentError,

    /// <summary>The agent's process died, or ended in the middle.</summary>
    Crash,

    /// <summary>The run was lost together with whoever watched it.</summary>
    Lost,

    /// <summary>The model's service cannot be reached or is broken.</summary>
    ServiceUnavailable,

    /// <summary>The model's service asks for patience.</summary>
    RateLimited,

    /// <summary>It ran into its time-out.</summary>
    WallClock,

    /// <summary>It said nothing for too long.</summary>
    Silence,

    /// <summary>It wrote more than it may.</summary>
    OutputLimit,

    /// <summary>It used more of the machine than it may.</summary>
    ResourceLimit,

    /// <summary>The agent used up its turns or what it may spend.</summary>
    AgentLimit,

    /// <summary>The executable, the worker type or the working directory is missing.</summary>
    Missing,

    /// <summary>The key was refused, or the agent or its service refuses the work.</summary>
    Refused,

    /// <summary>The request cannot succeed: bad, too large, a model that does not exist, a bad flag.</summary>
    Invalid,

    /// <summary>Nothing could be launched, and not for want of the executable: its workspace or container could not be made.</summary>
    LaunchFailed,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,

    /// <summary>The host could not take it on now.</summary>
    HostBusy,
}

/// <summary>The names of both on the wire.</summary>
public static class AttemptNames
{
    public static string ToWire(this AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Completed => "completed",
        AttemptOutcome.Failed => "failed",
        AttemptOutcome.Timeout => "timeout",
        AttemptOutcome.Cancelled => "cancelled",
        AttemptOutcome.Lost => "lost",
        AttemptOutcome.HandedBack => "handed_back",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    public static string ToWire(this AttemptCause cause) => cause switch
    {
        AttemptCause.None => "none",
        AttemptCause.VerificationFailed => "verification_failed",
        AttemptCause.AgentError => "agent_error",
        AttemptCause.Crash => "crash",
        AttemptCause.Lost => "lost",
        AttemptCause.ServiceUnavailable => "service_unavailable",
        AttemptCause.RateLimited => "rate_limited",
        AttemptCause.WallClock => "wall_clock",
        AttemptCause.Silence => "silence",
        AttemptCause.OutputLimit => "output_limit",
        AttemptCause.ResourceLimit => "resource_limit",
        AttemptCause.AgentLimit => "agent_limit",
        AttemptCause.Missing => "missing",
        AttemptCause.Refused => "refused",
        AttemptCause.Invalid => "invalid",
        AttemptCause.LaunchFailed => "launch_failed",
        AttemptCause.Cancelled => "cancelled",
        AttemptCause.HostBusy => "host_busy",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };

    public static bool TryParse(string? name, out AttemptOutcome outcome) => WireName.TryFind(name, ToWire, out outcome);

    public static bool TryParse(string? name, out AttemptCause cause) => WireName.TryFind(name, ToWire, out cause);
}
