using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>A schedule to be made.</summary>
public sealed record ScheduleRequest
{
    /// <summary>1–64 letters, digits, '-' and '_', unique; null for its id.</summary>
    public string? Name { get; init; }

    /// <summary>Five fields as in a crontab, such as <c>0 3 * * *</c>.</summary>
    public required string Cron { get; init; }

    /// <summary>Such as <c>Europe/Vienna</c>; null for that of the host.</summary>
    public string? TimeZone { get; init; }

    public OverlapPolicy Overlap { get; init; }

    public MissedPolicy Missed { get; init; }

    /// <summary>What is added each time. Its key, time and dependencies must be left out: they are of one task only.</summary>
    public required TaskRequest Task { get; init; }
}
