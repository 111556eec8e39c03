using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Daemon;

/// <summary>Writes what happens to the workers and the tasks into the log, beside the way of the facts: a slow disk holds up no run.</summary>
internal sealed class FactLog : IAsyncDisposable
{
    private const int WaitingMax = 4096;

    private readonly DaemonLog _log;
    private readonly EventFeed.Subscription _facts;
    private readonly Task _writing;

    public FactLog(WorkerManager manager, DaemonLog log)
    {
        _log = log;
        _facts = manager.Events.Subscribe(WaitingMax, fact => log.Writes(LevelOf(fact)));
        manager.Notes.Listen(note => log.Add(note.IsTrouble ? HostLogLevel.Warn : HostLogLevel.Info, note.Name, note.Message, note.WorkerId, note.RunId));
        _writing = WriteAsync();
    }

    /// <summary>Writes what is still waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        _facts.Dispose();
        await _writing;
    }

    private static HostLogLevel LevelOf(WorkerEvent fact) => fact switch
    {
        { Kind: WorkerEventKind.Activity } => HostLogLevel.Debug,
        { Kind: WorkerEventKind.Settled, Status: WorkerStatus.Failed or WorkerStatus.Timeout } => HostLogLevel.Warn,
        { Kind: WorkerEventKind.TaskFailed or WorkerEventKind.TaskDead } => HostLogLevel.Warn,
        _ => HostLogLevel.Info,
    };

    private async Task WriteAsync()
    {
        await foreach (var fact in _facts.Reader.ReadAllAsync())
        {
            var (name, message) = fact.Kind switch
            {
                WorkerEventKind.Spawned => ("spawned", $"a worker of type {fact.Text}"),
                WorkerEventKind.Queued => ("accepted", "a prompt"),
                WorkerEventKind.Started => ("launched", "its agent was started"),
                WorkerEventKind.Settled => ("settled", fact.Text),
                WorkerEventKind.Closed => ("closed", fact.Text),
                WorkerEventKind.Activity => ("activity", fact.Text),
                var kind => (kind.ToWire(), fact.Task is { } task ? $"{task.TaskId}: {fact.Text}" : fact.Text),
            };
            _log.Add(LevelOf(fact), name, message, fact.Kind.IsOfWorker() ? fact.WorkerId : null, fact.RunId);
        }
    }
}
