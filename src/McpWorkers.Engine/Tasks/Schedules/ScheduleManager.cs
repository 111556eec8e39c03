using System.Security.Cryptography;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>The schedules of a host: keeps them, and adds their tasks to the queue when they are due.</summary>
public sealed partial class ScheduleManager : IAsyncDisposable
{
    private readonly IScheduleStore _store;
    private readonly Func<TaskRequest, Caller, TaskRequest> _check;
    private readonly TimeProvider _time;
    private readonly ScheduleRounds _rounds;
    private readonly ScheduleClock _clock;
    private readonly EnabledSchedules _enabled;
    private readonly bool _isView;

    /// <param name="check">Refuses a task that would not be taken; returns it with its directory absolute.</param>
    internal ScheduleManager(IScheduleStore store, IScheduledTasks tasks, Func<TaskRequest, Caller, TaskRequest> check, HostNotes notes, TimeProvider time)
    {
        Caller = Caller.Owner;
        _store = store;
        _check = check;
        _time = time;
        _rounds = new ScheduleRounds(store, tasks, notes, time);
        _clock = new ScheduleClock(_rounds.RunOnceAsync, notes, time);
        _enabled = new EnabledSchedules(store);
    }

    private ScheduleManager(ScheduleManager whole, Caller caller)
    {
        Caller = caller;
        _store = whole._store;
        _check = whole._check;
        _time = whole._time;
        _rounds = whole._rounds;
        _clock = whole._clock;
        _enabled = whole._enabled;
        _isView = true;
    }

    /// <summary>Who asks through this door.</summary>
    public Caller Caller { get; }

    /// <summary>Whether nothing will come of the clock: a host with a schedule that is not paused does not end itself for want of work.</summary>
    public bool IsIdle => !_enabled.Any;

    /// <summary>What whoever makes a schedule must know, since this host is not started by itself after its machine was; null where it is.</summary>
    public static string? Warning { get; } = ServiceSign.Warning();

    /// <summary>The same schedules through the eyes and with the rights of a caller: an agent inside a run has none to them. Costs nothing; disposing it does nothing.</summary>
    public ScheduleManager As(Caller caller) => new(this, caller);

    /// <summary>Makes a schedule. Returns once it is stored.</summary>
    /// <exception cref="RefusedException">A bad expression, time zone, name or task, or a name that is taken.</exception>
    public async Task<Schedule> AddAsync(ScheduleRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckOwner();
        if (request.Name is { } given && !Names().IsMatch(given))
        {
            throw Invalid($"'{given}' is no name of a schedule. Allowed: 1 to 64 letters, digits, '-' and '_', a letter or digit first.");
        }

        var task = request.Task;
        if (task.Key is not null || task.At is not null || task.After.Count > 0)
        {
            throw Invalid("A schedule's task has no key, no time and no dependencies: it is added many times. Leave them out.");
        }

        task = _check(task, Caller);
        string id = "schedule_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        string zone = request.TimeZone ?? _time.LocalTimeZone.Id;
        var now = _time.GetUtcNow();
        var schedule = new Schedule
        {
            ScheduleId = id,
            Name = request.Name ?? id,
            Cron = request.Cron.Trim(),
            TimeZone = zone,
            Overlap = request.Overlap,
            Missed = request.Missed,
            Work = WorkRequests.WorkOf(task),
            Created = now,
            NextDue = CronTimes.Parse(request.Cron, zone).After(now)
                ?? throw Invalid($"'{request.Cron}' names no time to come. Look at its days and months."),
        };
        if (!await AskAsync(() => _store.AddAsync(schedule)))
        {
            throw Invalid($"There is a schedule '{schedule.Name}' already. Remove it first, or choose another name.");
        }

        await AskAsync(() => _enabled.CountAsync(cancellationToken));
        _clock.Wake();
        return schedule;
    }

    /// <summary>All, in order of their making.</summary>
    /// <exception cref="RefusedException">The caller is an agent inside a run, or the store cannot be read; so for all that follow.</exception>
    public async Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken = default)
    {
        CheckOwner();
        return await AskAsync(() => _store.ListAsync(cancellationToken));
    }

    /// <param name="idOrName">Either; so for the other calls.</param>
    /// <exception cref="RefusedException">Unknown schedule.</exception>
    public async Task<Schedule> FindAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        CheckOwner();
        return await AskAsync(() => _store.FindAsync(idOrName, cancellationToken))
            ?? throw new RefusedException(RefusalCode.NotFound, $"There is no schedule '{idOrName}'. 'schedules list' shows those that there are.");
    }

    /// <summary>Adds nothing more by itself until it is resumed. Tasks that it added go on.</summary>
    /// <exception cref="RefusedException">Unknown schedule.</exception>
    public Task<Schedule> PauseAsync(string idOrName, CancellationToken cancellationToken = default) => ChangeAsync(
        idOrName, schedule => schedule.Paused is null ? schedule with { Paused = _time.GetUtcNow(), NextDue = null } : schedule, cancellationToken);

    /// <summary>Goes on with its next time; what passed while it was paused is not made up for.</summary>
    /// <exception cref="RefusedException">Unknown schedule, or its expression or time zone can no longer be read.</exception>
    public Task<Schedule> ResumeAsync(string idOrName, CancellationToken cancellationToken = default) => ChangeAsync(
        idOrName,
        schedule => schedule.Paused is null
            ? schedule
            : schedule with { Paused = null, NextDue = CronTimes.Parse(schedule.Cron, schedule.TimeZone).After(DueDecision.Floor(schedule, _time.GetUtcNow())) },
        cancellationToken);

    /// <summary>Adds a task now, also where it is paused; when it is due next stays as it is. The policy for overlap is not asked.</summary>
    /// <returns>The schedule; its <see cref="Schedule.LastTask"/> is the new task.</returns>
    /// <exception cref="RefusedException">Unknown schedule, or a task that is not taken.</exception>
    public async Task<Schedule> RunNowAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        var schedule = await FindAsync(idOrName, cancellationToken);
        return await AskAsync(() => _rounds.RunNowAsync(schedule, cancellationToken));
    }

    /// <summary>Tasks that it added go on.</summary>
    /// <exception cref="RefusedException">Unknown schedule.</exception>
    public async Task RemoveAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        var schedule = await FindAsync(idOrName, cancellationToken);
        await AskAsync(() => _store.RemoveAsync(schedule.ScheduleId));
        await AskAsync(() => _enabled.CountAsync(cancellationToken));
    }

    /// <summary>Ends the looking; the schedules stay.</summary>
    public ValueTask DisposeAsync() => _isView ? ValueTask.CompletedTask : _clock.DisposeAsync();

    /// <summary>Looks at what is there, and goes on looking. To be called once.</summary>
    /// <exception cref="StoreException">The schedules cannot be read.</exception>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        await _enabled.CountAsync(cancellationToken);
        _clock.Start();
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex Names();

    private async Task<Schedule> ChangeAsync(string idOrName, Func<Schedule, Schedule> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var schedule = await FindAsync(idOrName, cancellationToken);
            var changed = change(schedule);
            if (ReferenceEquals(changed, schedule))
            {
                return schedule;
            }

            changed = changed with { Revision = schedule.Revision + 1 };
            if (await AskAsync(() => _store.ChangeAsync(changed)))
            {
                await AskAsync(() => _enabled.CountAsync(cancellationToken));
                _clock.Wake();
                return changed;
            }
        }
    }

    private void CheckOwner()
    {
        if (Caller.ParentRun is not null)
        {
            throw new RefusedException(RefusalCode.Forbidden, "An agent inside a run has no rights to schedules: what is done again and again is its user's to say.");
        }
    }

    /// <exception cref="RefusedException">The store cannot do it.</exception>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }
}
