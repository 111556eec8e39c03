using McpWorkers.Engine.Events;

namespace McpWorkers.Engine.Storage.Memory;

/// <summary>The store of a host that leaves nothing behind: it ends with its process.</summary>
internal sealed class MemoryStore : IDataStore
{
    private readonly MemoryWorkers _workers = new();

    public MemoryStore()
    {
        Tasks = new MemoryTasks(_workers.Add);
        Schedules = new MemorySchedules(_workers.Add);
        Requests = new MemoryRequests(_workers.Add);
        Breakers = new MemoryBreakers(_workers.Add);
        Spending = new MemorySpending(_workers.Add);
    }

    public IWorkerStore Workers => _workers;

    public IHistoryStore History => _workers.History;

    public ITaskStore Tasks { get; }

    public ICallStore Calls { get; } = new MemoryCalls();

    public ITokenStore Tokens { get; } = new MemoryTokens();

    public IScheduleStore Schedules { get; }

    public INoticeStore Notices { get; } = new MemoryNotices();

    public IRequestStore Requests { get; init; }

    public IBreakerStore Breakers { get; }

    public ISpendingStore Spending { get; }

    public StoreInfo Info { get; } = new("memory", "", "", "", null);

    public Action<IReadOnlyList<WorkerEvent>>? Committed
    {
        get => _workers.Committed;
        set => _workers.Committed = value;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
