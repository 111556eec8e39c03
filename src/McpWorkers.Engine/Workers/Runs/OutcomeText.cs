using System.Globalization;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>The words in which an outcome is shown: its name in the metadata, and the error for whoever reads the result.</summary>
internal static class OutcomeText
{
    private const string CancelledPrefix = "Cancelled: ";

    /// <summary>The reason in what <see cref="ErrorOf"/> says of a run that was cancelled.</summary>
    public static RunOutcome.Cancelled CancelledOf(string? error) =>
        new(error?.StartsWith(CancelledPrefix, StringComparison.Ordinal) == true ? error[CancelledPrefix.Length..] : "");

    public static string NameOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Completed => "completed",
        RunOutcome.CompletedWithDenials => "completed_with_denials",
        RunOutcome.AgentFailed => "agent_failed",
        RunOutcome.Truncated => "truncated",
        RunOutcome.VerificationFailed => "verification_failed",
        RunOutcome.LaunchFailed => "launch_failed",
        RunOutcome.TimedOut(TimeoutKind.WallClock, _) => "wall_clock",
        RunOutcome.TimedOut(TimeoutKind.Silence, _) => "silence",
        RunOutcome.TimedOut(TimeoutKind.NoFirstOutput, _) => "no_first_output",
        RunOutcome.OutputLimit => "output_limit",
        RunOutcome.ResourceLimit(var reached) => NameOf(reached.Kind) + "_limit",
        RunOutcome.Cancelled => "cancelled",
        RunOutcome.BudgetExceeded => "budget_exceeded",
        RunOutcome.Continued => "continued",
        RunOutcome.Lost => "lost",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string NameOf(FailureKind kind) => kind switch
    {
        FailureKind.Error => "error",
        FailureKind.Authentication => "authentication",
        FailureKind.ModelNotFound => "model_not_found",
        FailureKind.RateLimited => "rate_limited",
        FailureKind.ServiceUnavailable => "service_unavailable",
        FailureKind.InvalidRequest => "invalid_request",
        FailureKind.Refused => "refused",
        FailureKind.TurnLimit => "turn_limit",
        FailureKind.Budget => "budget",
        FailureKind.Startup => "startup",
        FailureKind.Killed => "killed",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static string NameOf(LimitKind kind) => kind switch
    {
        LimitKind.Memory => "memory",
        LimitKind.Cpu => "cpus",
        LimitKind.Processes => "processes",
        LimitKind.Disk => "disk",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static string NameOf(LimitHold hold) => hold switch
    {
        LimitHold.Enforced => "enforced",
        LimitHold.Watched => "watched",
        LimitHold.Unavailable => "unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(hold), hold, null),
    };

    /// <summary>Null for a success.</summary>
    public static string? ErrorOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Completed or RunOutcome.CompletedWithDenials => null,
        RunOutcome.AgentFailed(_, var message) => message,
        RunOutcome.Truncated(var message) => message,
        RunOutcome.VerificationFailed(var message) => message,
        RunOutcome.LaunchFailed(var reason) => reason,
        RunOutcome.TimedOut(TimeoutKind.WallClock, var limit) =>
            $"Stopped after its time-out of {Seconds(limit)}. What it had said until then is kept; execute with a longer timeout to give it more.",
        RunOutcome.TimedOut(TimeoutKind.Silence, var limit) =>
            $"Stopped after {Seconds(limit)} without any output (setting bounds.silence_seconds, or bounds.silence_in_tool_seconds while a tool runs).",
        RunOutcome.TimedOut(TimeoutKind.NoFirstOutput, var limit) =>
            $"Stopped: no output at all within {Seconds(limit)} of its launch (setting bounds.first_output_seconds).",
        RunOutcome.OutputLimit(var bytes) =>
            $"Stopped: it had written {bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, more than the setting bounds.output_bytes_max allows.",
        RunOutcome.ResourceLimit(var reached) =>
            $"Stopped: it used {LimitText.Of(reached)}. Give it more by the setting limits.{NameOf(reached.Kind)} of its worker type.",
        RunOutcome.Cancelled(var reason) => reason.Length == 0 ? "Cancelled." : CancelledPrefix + reason,
        RunOutcome.BudgetExceeded(var message) => message,
        RunOutcome.Continued(var next, var request) => $"It waited for the answer to request {request}; run {next} goes on with its session.",
        RunOutcome.Lost(var message) => message,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s";
}
