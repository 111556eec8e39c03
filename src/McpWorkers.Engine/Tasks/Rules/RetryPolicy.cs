using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>Decides what follows an attempt, by its cause. Pure: no clock, no store, no dice of its own.</summary>
internal static class RetryPolicy
{
    /// <param name="tries">Attempts that count, the one that ended among them.</param>
    /// <param name="deaths">Those of them whose worker died.</param>
    /// <param name="dice">0 to 1, so that tasks that failed together are not tried again together.</param>
    public static NextStep After(AttemptEnd end, int tries, int deaths, RetryRules rules, double dice) => KindOf(end.Cause) switch
    {
        // Its pool is held: it comes back when that gives something again, and no attempt is used up.
        Kind.Passing when end is { Cause: AttemptCause.RateLimited, Outcome: AttemptOutcome.HandedBack } => new NextStep.Park(WaitReason.Quota),
        Kind.Done => new NextStep.Finish(TaskState.Completed),
        Kind.Stopped => new NextStep.Finish(TaskState.Cancelled),
        Kind.NotTaken => new NextStep.Again(TimeSpan.Zero),
        Kind.Death when deaths >= rules.DeathsMax => new NextStep.Finish(TaskState.Dead),
        Kind.Hopeless => new NextStep.Finish(TaskState.Failed),
        _ when end.Cause == AttemptCause.Lost && !rules.AfterLoss => new NextStep.Finish(TaskState.Failed),
        _ when tries >= rules.MaxAttempts => new NextStep.Finish(TaskState.Failed),

        // The next attempt knows what the check said; there is nothing to wait for.
        Kind.Unsatisfying => new NextStep.Again(TimeSpan.Zero),
        _ => new NextStep.Again(DelayAfter(tries, rules, dice)),
    };

    /// <summary>Doubled with each attempt up to the longest, and then something between half of it and all of it.</summary>
    public static TimeSpan DelayAfter(int tries, RetryRules rules, double dice)
    {
        double whole = Math.Min(rules.First.TotalSeconds * Math.Pow(2, Math.Clamp(tries - 1, 0, 40)), rules.Longest.TotalSeconds);
        return TimeSpan.FromSeconds(whole * (0.5 + (Math.Clamp(dice, 0, 1) / 2)));
    }

    private enum Kind
    {
        Done,
        Stopped,
        NotTaken,
        Unsatisfying,
        Passing,
        Death,

        /// <summary>Another attempt would end the same way: an executable does not appear by waiting, nor does a right.</summary>
        Hopeless,
    }

    private static Kind KindOf(AttemptCause cause) => cause switch
    {
        AttemptCause.None => Kind.Done,
        AttemptCause.Cancelled => Kind.Stopped,
        AttemptCause.HostBusy => Kind.NotTaken,
        AttemptCause.VerificationFailed => Kind.Unsatisfying,
        AttemptCause.AgentError or AttemptCause.ServiceUnavailable or AttemptCause.RateLimited or AttemptCause.WallClock or AttemptCause.Silence
            or AttemptCause.LaunchFailed => Kind.Passing,
        AttemptCause.Crash or AttemptCause.Lost => Kind.Death,
        AttemptCause.Missing or AttemptCause.Refused or AttemptCause.Invalid or AttemptCause.AgentLimit or AttemptCause.OutputLimit
            or AttemptCause.ResourceLimit => Kind.Hopeless,
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };
}

/// <summary>How often and how soon. Of a role and its host.</summary>
/// <param name="MaxAttempts">Of a task in all.</param>
/// <param name="DeathsMax">Worker deaths after which it is a dead letter.</param>
/// <param name="AfterLoss">Whether another attempt follows one of which nobody knows how it ended.</param>
internal sealed record RetryRules(int MaxAttempts, int DeathsMax, bool AfterLoss, TimeSpan First, TimeSpan Longest)
{
    public static RetryRules Of(RoleSettings role, TaskRetrySettings host) =>
        new(role.Retry.MaxAttempts, host.DeathsMax, role.Retry.AfterLoss, host.First, host.Longest);
}
