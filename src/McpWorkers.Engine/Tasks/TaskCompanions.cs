using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Notices;
using McpWorkers.Engine.Tasks.Schedules;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Engine.Tasks;

/// <summary>What goes along with a queue: schedules that add tasks to it, notices of those that failed, and its figures.</summary>
internal sealed class TaskCompanions : IAsyncDisposable
{
    private readonly NoticeTeller? _teller;
    private readonly NoticeKeeper? _notices;
    private readonly IReadOnlyList<IDisposable> _listening = [];

    private readonly TaskMeter _meter;
    private PoolGate? _gate;

    private TaskCompanions(
        ScheduleManager schedules, TaskManager tasks, TaskMeter meter, HostSettings settings, INoticeStore store, RequestManager requests, PoolGate gate, HostNotes notes,
        TimeProvider time)
    {
        Schedules = schedules;
        _meter = meter;
        if (settings.Tasks.Notices.IsNobodyTold)
        {
            return;
        }

        _teller = new NoticeTeller(settings.Tasks.Notices);
        var keeper = _notices = new NoticeKeeper(
            _teller, store, tasks.ListAsync, settings.Retention.Age, notes, time, () => [.. requests.Pending.Select(Notice.Of).OfType<Notice>(), .. gate.Holds.Select(hold => Notice.Of(hold.Breaker))]);
        _listening = [tasks.Listen(change => keeper.Changed(change.Task)), requests.Listen(request => keeper.Changed(Notice.Of(request)))];
        gate.Opened = breaker => keeper.Changed(Notice.Of(breaker));
        keeper.Start();
    }

    public ScheduleManager Schedules { get; }

    /// <param name="tasks">As its owner sees it, at work already.</param>
    /// <param name="check">Refuses a task that would not be taken; returns it with its directory absolute.</param>
    /// <param name="meter">Ends with them.</param>
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    public static async Task<TaskCompanions> OpenAsync(
        TaskManager tasks, TaskMeter meter, Func<TaskRequest, Caller, TaskRequest> check, HostSettings settings, IDataStore store,
        RequestManager requests, PoolGate gate, HostNotes notes, TimeProvider time, CancellationToken cancellationToken)
    {
        if (settings.Tasks.Notices.IsNobodyTold)
        {
            await NoticeKeeper.ForgetAsync(store.Notices, cancellationToken);
        }

        var schedules = new ScheduleManager(store.Schedules, new ScheduledTasks(tasks), check, notes, time);
        await schedules.StartAsync(cancellationToken);
        return new TaskCompanions(schedules, tasks, meter, settings, store.Notices, requests, gate, notes, time);
    }

    /// <summary>Tells of pools that give no more, once of each time; also of those that an earlier host may not have come to tell of.</summary>
    public void Watch(PoolGate gate)
    {
        if (_notices is { } keeper)
        {
            _gate = gate;
            gate.Opened = breaker => keeper.Tell(Notice.OfPool(breaker));
            foreach (var hold in gate.Holds)
            {
                keeper.Tell(Notice.OfPool(hold.Breaker));
            }
        }
    }

    /// <summary>To be called before the queue ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _meter.Dispose();
        await Schedules.DisposeAsync();
        if (_gate is not null)
        {
            _gate.Opened = null;
        }

        foreach (var listening in _listening)
        {
            listening.Dispose();
        }

        if (_notices is not null)
        {
            await _notices.DisposeAsync();
            _teller!.Dispose();
        }
    }
}
