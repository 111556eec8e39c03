using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>Adds the tasks of schedules that are due. The task first, under a key that is the same each time, then the row: cut off between them, it is done again and comes to the same.</summary>
internal sealed class ScheduleRounds(IScheduleStore store, IScheduledTasks tasks, HostNotes notes, TimeProvider time)
{
    private const string ByHand = "added by hand";

    /// <summary>Looks at each schedule once. One that cannot be done does not hold up the others.</summary>
    /// <returns>When the next one is due; null where none is.</returns>
    /// <exception cref="StoreException">The schedules cannot be read.</exception>
    public async Task<DateTimeOffset?> RunOnceAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        foreach (var schedule in await store.ListAsync(cancellationToken))
        {
            var due = await LookAsync(schedule, cancellationToken);
            next = next is { } earlier && (due is null || earlier < due) ? earlier : due;
        }

        return next;
    }

    /// <summary>Adds a task now, whatever the clock says; when it is due next stays as it is.</summary>
    /// <exception cref="RefusedException">Such a task is not taken, or the schedule is gone.</exception>
    public async Task<Schedule> RunNowAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        // Under a key of its own: were the schedule due in this moment too, both are meant.
        string taskId = await tasks.AddAsync(schedule, $"{schedule.ScheduleId}:{Guid.NewGuid():N}", cancellationToken);
        var fact = TaskFacts.OfSchedule(schedule, taskId, ByHand, time.GetUtcNow());
        return await ChangeAsync(schedule, row => row with { LastTask = taskId, LastOutcome = ByHand }, cancellationToken, fact)
            ?? throw new RefusedException(RefusalCode.NotFound, $"The schedule '{schedule.Name}' was removed meanwhile; its task {taskId} was added.");
    }

    private async Task<DateTimeOffset?> LookAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        try
        {
            var times = CronTimes.Parse(schedule.Cron, schedule.TimeZone);
            switch (DueDecision.At(schedule, times, time.GetUtcNow()))
            {
                case DueDecision.Fire fire:
                    await FireAsync(schedule, fire, cancellationToken);
                    return fire.NextDue;
                case DueDecision.PassOver passed:
                    notes.Add(new("schedule_missed", $"'{schedule.Name}' was due at {Shown(passed.Due)}, when nothing ran here; it goes on with the next time"));
                    await ChangeAsync(schedule, row => row with { LastDue = passed.Due, NextDue = passed.NextDue, LastOutcome = "missed" }, cancellationToken);
                    return passed.NextDue;
                case DueDecision.Replan planned:
                    await ChangeAsync(schedule, row => row with { NextDue = planned.NextDue }, cancellationToken);
                    return planned.NextDue;
                default:
                    return schedule.Paused is null ? schedule.NextDue : null;
            }
        }
        catch (RefusedException e) when (e.Code != RefusalCode.ShuttingDown)
        {
            // Said once for each time that it is due, and not in each round.
            await GiveUpAsync(schedule, e.Message, cancellationToken);
            return null;
        }
    }

    private async Task FireAsync(Schedule schedule, DueDecision.Fire fire, CancellationToken cancellationToken)
    {
        bool isOpen = schedule.LastTask is { } last && schedule.Overlap != OverlapPolicy.Allow && await tasks.IsOpenAsync(last, cancellationToken);
        if (isOpen && schedule.Overlap == OverlapPolicy.Skip)
        {
            notes.Add(new("schedule_skipped", $"'{schedule.Name}' was due at {Shown(fire.Due)}, but its last task, {schedule.LastTask}, is not over"));
            await ChangeAsync(
                schedule, row => row with { LastDue = fire.Due, NextDue = fire.NextDue, LastOutcome = $"skipped: {schedule.LastTask} was not over" }, cancellationToken);
            return;
        }

        // The new one first: were it refused, the old one would have been cancelled for nothing.
        string taskId = await tasks.AddAsync(schedule, Key(schedule, fire.Due), cancellationToken);
        if (isOpen && schedule.LastTask != taskId)
        {
            // Not waited for: other schedules are not to be late because a run takes its time to stop.
            _ = ReplaceAsync(schedule, cancellationToken);
        }

        string how = fire.IsLate ? "added late" : "added";
        await ChangeAsync(
            schedule,
            row => row with { LastDue = fire.Due, NextDue = fire.NextDue, LastTask = taskId, Firings = schedule.Firings + 1, LastOutcome = how },
            cancellationToken,
            TaskFacts.OfSchedule(schedule, taskId, how, time.GetUtcNow()));
    }

    private async Task ReplaceAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        try
        {
            await tasks.CancelAsync(schedule.LastTask!, $"the schedule '{schedule.Name}' began the next one", cancellationToken);
        }
        catch (Exception e) when (e is RefusedException or StoreException or OperationCanceledException)
        {
            notes.Add(new("schedule_refused", $"'{schedule.Name}': its task {schedule.LastTask} was not cancelled: {e.Message}", IsTrouble: true));
        }
    }

    /// <summary>What cannot be done this time may be possible the next: its settings or its directory may be there again.</summary>
    private async Task GiveUpAsync(Schedule schedule, string why, CancellationToken cancellationToken)
    {
        string outcome = "refused: " + why.ReplaceLineEndings(" ");
        var now = time.GetUtcNow();
        bool isDue = schedule.NextDue <= now;
        if (!isDue && schedule.LastOutcome == outcome)
        {
            return;
        }

        notes.Add(new("schedule_refused", $"'{schedule.Name}' adds no task: {why.ReplaceLineEndings(" ")}", IsTrouble: true));
        var next = CronTimes.TryParse(schedule.Cron, schedule.TimeZone, out var times) ? times.After(now) : null;
        await ChangeAsync(
            schedule, row => row with { LastDue = isDue ? schedule.NextDue : schedule.LastDue, NextDue = next, LastOutcome = outcome }, cancellationToken);
    }

    /// <summary>Puts the change onto whatever the row has become meanwhile.</summary>
    /// <param name="fact">What is told of it; null for nothing.</param>
    /// <returns>Null where it is gone.</returns>
    private async Task<Schedule?> ChangeAsync(
        Schedule schedule, Func<Schedule, Schedule> change, CancellationToken cancellationToken, WorkerEvent? fact = null)
    {
        for (var row = schedule; row is not null; row = await store.FindAsync(schedule.ScheduleId, cancellationToken))
        {
            var changed = change(row) with { Revision = row.Revision + 1 };
            if (await store.ChangeAsync(row.Paused is null ? changed : changed with { NextDue = null }, fact))
            {
                return changed;
            }
        }

        return null;
    }

    /// <summary>
    /// By the count of its tasks, since a clock that was set back names the same time twice; and by the time, since the next one is another task also
    /// where this one was added and the host ended before it was counted.
    /// </summary>
    private static string Key(Schedule schedule, DateTimeOffset due) =>
        string.Create(CultureInfo.InvariantCulture, $"{schedule.ScheduleId}:{schedule.Firings + 1}:{due.ToUnixTimeSeconds()}");

    private static string Shown(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
