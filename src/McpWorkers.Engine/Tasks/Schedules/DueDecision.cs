using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>What is to be done about a schedule at a moment.</summary>
internal abstract record DueDecision
{
    private DueDecision()
    {
    }

    /// <summary>It is not due.</summary>
    public sealed record Wait : DueDecision;

    /// <summary>Its next time is another one than the row says: the clock was set back, or its time zone has new rules.</summary>
    public sealed record Replan(DateTimeOffset? NextDue) : DueDecision;

    /// <summary>It is due: one task, however many times have passed.</summary>
    /// <param name="Due">The time that it is for; of several the last.</param>
    public sealed record Fire(DateTimeOffset Due, DateTimeOffset? NextDue, bool IsLate) : DueDecision;

    /// <summary>Its time has passed, and its policy says to leave it.</summary>
    /// <param name="Due">Of several the last.</param>
    public sealed record PassOver(DateTimeOffset Due, DateTimeOffset? NextDue) : DueDecision;

    /// <summary>
    /// How late a look may come for the time to count as kept: the pause between two looks, and what a busy machine adds to it.
    /// </summary>
    public static readonly TimeSpan OnTime = TimeSpan.FromSeconds(90);

    /// <summary>
    /// A clock that was set back by less than this is believed to have been right before: what was done in the time that comes again is not
    /// done again. Beyond it the old clock was wrong, and what it said means nothing.
    /// </summary>
    public static readonly TimeSpan Correction = TimeSpan.FromHours(1);

    /// <summary>Pure: whatever the clock does, at most one task comes of one look, and a time to come is never further than the expression says.</summary>
    public static DueDecision At(Schedule schedule, CronTimes times, DateTimeOffset now)
    {
        if (schedule.Paused is not null)
        {
            return new Wait();
        }

        if (schedule.NextDue is { } due && due <= now)
        {
            var next = times.After(now);
            if (now - due <= OnTime)
            {
                return new Fire(due, next, IsLate: false);
            }

            var last = times.Before(now) is { } later && later > due ? later : due;
            return schedule.Missed == MissedPolicy.Skip ? new PassOver(last, next) : new Fire(last, next, IsLate: true);
        }

        var planned = times.After(Floor(schedule, now));
        return planned == schedule.NextDue ? new Wait() : new Replan(planned);
    }

    /// <summary>From when on a time to come counts.</summary>
    public static DateTimeOffset Floor(Schedule schedule, DateTimeOffset now) =>
        schedule.LastDue is { } last && last > now && last - now <= Correction ? last : now;
}
