using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Tests.Tasks;

/// <summary>A queue whose attempts are made without workers. One queue after the other can be opened over its store, as after a crash.</summary>
internal sealed class QueueScene(NoOpAttempts attempts, int slots = 4, IDataStore? store = null, HandTime? time = null) : IAsyncDisposable
{
    private TaskManager? _tasks;

    public IDataStore Store { get; } = store ?? new MemoryStore();

    public RunSlots Slots { get; private set; } = new(slots);

    public HostSettings Settings { get; set; } = new()
    {
        DataDirectory = "/nowhere",
        Roles =
        [
            new() { Name = "code", Concurrency = 100 },
            new() { Name = "docs", Concurrency = 2, Queues = ["papers"] },
            new() { Name = "once", Concurrency = 100, Retry = new() { MaxAttempts = 1 } },
            new() { Name = "strict", Concurrency = 100, Retry = new() { AfterLoss = false } },
        ],
    };

    public TaskManager Tasks => _tasks ?? throw new InvalidOperationException("No queue is open.");

    public HostNotes Notes { get; } = new();

    public PoolGate? Gate { get; private set; }

    /// <summary>The one before it is left as by a crash, if it was not left in order.</summary>
    public async Task<TaskManager> OpenAsync(NoOpAttempts? with = null)
    {
        Slots = new(slots, Settings.Tasks.ReservedForTasks);
        await (Gate?.DisposeAsync() ?? ValueTask.CompletedTask);
        Gate = new PoolGate(Settings.Quota, Store.Breakers, Notes, time ?? TimeProvider.System, () => 0.5);
        await Gate.LoadAsync(CancellationToken.None);
        _tasks = await TaskManager.OpenAsync(
            new TaskHost(Settings, Store.Tasks, Slots, _ => with ?? attempts, new TaskEnvironments(null), Notes, time ?? TimeProvider.System, Gate),
            CancellationToken.None);
        return _tasks;
    }

    public async Task LeaveAsync()
    {
        if (_tasks is { } tasks)
        {
            _tasks = null;
            await tasks.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await (Gate?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Store.DisposeAsync();
    }
}
