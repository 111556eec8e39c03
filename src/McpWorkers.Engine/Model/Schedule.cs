namespace McpWorkers.Engine.Model;

/// <summary>A task that is added again and again, by the clock.</summary>
public sealed record Schedule
{
    /// <summary><c>schedule_</c> and 16 hexadecimal digits.</summary>
    public required string ScheduleId { get; init; }

    /// <summary>Unique; the id where nobody gave it a name.</summary>
    public required string Name { get; init; }

    /// <summary>Five fields as in a crontab: minute, hour, day of the month, month, day of the week.</summary>
    public required string Cron { get; init; }

    /// <summary>Where its hours are those of the clock, such as <c>Europe/Vienna</c>.</summary>
    public required string TimeZone { get; init; }

    public OverlapPolicy Overlap { get; init; }

    public MissedPolicy Missed { get; init; }

    public required ScheduledWork Work { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Since when it adds nothing by itself; null where it goes on.</summary>
    public DateTimeOffset? Paused { get; init; }

    /// <summary>The time for which it was last due and was looked at, however late; null before the first.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>The task that it added last; null before the first.</summary>
    public string? LastTask { get; init; }

    /// <summary>What came of the last time it was due, in one line; empty before the first.</summary>
    public string LastOutcome { get; init; } = "";

    /// <summary>Null where it is paused, or where its expression names no time to come.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>How many tasks it has added by the clock.</summary>
    public long Firings { get; init; }

    /// <summary>Counts its changes: a change is taken only by who has seen the one before it.</summary>
    public long Revision { get; init; }
}

/// <summary>What a schedule's tasks are.</summary>
/// <param name="Role">Null for the default role, as it is when the time comes.</param>
/// <param name="Queue">Null for the priority's own, or else the role's first.</param>
public sealed record ScheduledWork(string? Role, string Prompt, TaskPriority Priority, string? Queue, TaskSpec Spec);

/// <summary>What is done when a schedule is due and its last task is not over.</summary>
public enum OverlapPolicy
{
    /// <summary>Nothing is added this time.</summary>
    Skip,

    /// <summary>Both go on side by side.</summary>
    Allow,

    /// <summary>The last one is cancelled.</summary>
    Replace,
}

/// <summary>What is done about the times that passed while the host was down, or the machine asleep.</summary>
public enum MissedPolicy
{
    /// <summary>One task for all of them, at once.</summary>
    Once,

    /// <summary>Nothing; it goes on with the next time.</summary>
    Skip,
}

/// <summary>The names of both on the wire.</summary>
public static class SchedulePolicyNames
{
    public static IReadOnlyList<string> Overlaps { get; } = [.. Enum.GetValues<OverlapPolicy>().Select(ToWire)];

    public static IReadOnlyList<string> Misses { get; } = [.. Enum.GetValues<MissedPolicy>().Select(ToWire)];

    public static string ToWire(this OverlapPolicy policy) => policy switch
    {
        OverlapPolicy.Skip => "skip",
        OverlapPolicy.Allow => "allow",
        OverlapPolicy.Replace => "replace",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
    };

    public static string ToWire(this MissedPolicy policy) => policy switch
    {
        MissedPolicy.Once => "once",
        MissedPolicy.Skip => "skip",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
    };

    public static bool TryParse(string? name, out OverlapPolicy policy) => WireName.TryFind(name, ToWire, out policy);

    public static bool TryParse(string? name, out MissedPolicy policy) => WireName.TryFind(name, ToWire, out policy);
}
