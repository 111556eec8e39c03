using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Tests.Storage;

/// <summary>A store of which some parts are others.</summary>
internal sealed class StoreParts(IDataStore store) : IDataStore
{
    public IWorkerStore Workers { get; init; } = store.Workers;

    public IHistoryStore History => store.History;

    public ITaskStore Tasks => store.Tasks;

    public ICallStore Calls => store.Calls;

    public ITokenStore Tokens => store.Tokens;

    public IScheduleStore Schedules => store.Schedules;

    public INoticeStore Notices => store.Notices;

    public IRequestStore Requests { get; init; } = store.Requests;

    public IBreakerStore Breakers => store.Breakers;

    public ISpendingStore Spending => store.Spending;

    public StoreInfo Info => store.Info;

    public Action<IReadOnlyList<WorkerEvent>>? Committed
    {
        get => store.Committed;
        set => store.Committed = value;
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

/// <summary>A store of requests that is away while it is told to be.</summary>
internal sealed class RefusingRequests(IRequestStore store) : IRequestStore
{
    private int _refused;

    public bool Refuses { get; set; }

    /// <summary>Only to note which run goes on.</summary>
    public bool RefusesContinuing { get; set; }

    public int Refused => _refused;

    /// <summary>Each request is added only once this is done.</summary>
    public Task Adding { get; set; } = Task.CompletedTask;

    public async Task<(WorkerRequest Request, bool IsNew)> AddAsync(WorkerRequest request, WorkerEvent? fact = null)
    {
        await Adding;
        return await Ask(() => store.AddAsync(request, fact));
    }

    public Task<WorkerRequest?> DecideAsync(
        string requestId, RequestState state, string? answer, string by, DateTimeOffset at, Func<WorkerRequest, WorkerEvent>? fact = null) =>
        Ask(() => store.DecideAsync(requestId, state, answer, by, at, fact));

    public Task<bool> DeliverAsync(string requestId, DateTimeOffset at) => Ask(() => store.DeliverAsync(requestId, at));

    public Task<bool> ContinueAsync(string requestId, string runId) => Ask(() => store.ContinueAsync(requestId, runId), RefusesContinuing);

    public Task<WorkerRequest?> FindAsync(string requestId, CancellationToken cancellationToken) => Ask(() => store.FindAsync(requestId, cancellationToken));

    public Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken) => Ask(() => store.ListAsync(query, cancellationToken));

    public Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken) => Ask(() => store.PendingAsync(cancellationToken));

    public Task RemoveAsync(DateTimeOffset before) => store.RemoveAsync(before);

    private async Task<T> Ask<T>(Func<Task<T>> work, bool refuses = false)
    {
        if (Refuses || refuses)
        {
            await Task.Yield();
            Interlocked.Increment(ref _refused);
            throw new StoreException(StoreFault.Full, "the disk is full");
        }

        return await work();
    }
}

/// <summary>A store of workers that takes no ends of runs while it is told not to.</summary>
internal sealed class RefusingEnds(IWorkerStore store) : IWorkerStore
{
    public bool Refuses { get; set; }

    public Task<bool> SettleAsync(SettledRun run) =>
        Refuses ? Task.FromException<bool>(new StoreException(StoreFault.Full, "the disk is full")) : store.SettleAsync(run);

    public Task<StoreContents> LoadAsync(CancellationToken cancellationToken) => store.LoadAsync(cancellationToken);

    public Task AddWorkersAsync(IReadOnlyList<StoredWorker> workers) => store.AddWorkersAsync(workers);

    public Task AcceptAsync(IReadOnlyList<StoredRun> runs) => store.AcceptAsync(runs);

    public Task LaunchedAsync(string runId, DateTimeOffset at) => store.LaunchedAsync(runId, at);

    public Task CollectedAsync(IReadOnlyList<string> runIds, DateTimeOffset at) => store.CollectedAsync(runIds, at);

    public Task<bool> CloseAsync(string workerId, string why, DateTimeOffset at) => store.CloseAsync(workerId, why, at);

    public Task<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken) => store.FindRunAsync(runId, cancellationToken);

    public Task<IReadOnlyList<RetainedRun>> SettledRunsAsync(CancellationToken cancellationToken) => store.SettledRunsAsync(cancellationToken);

    public Task RemoveAsync(IReadOnlyList<string> runIds) => store.RemoveAsync(runIds);

    public Task AddFactAsync(WorkerEvent fact) => store.AddFactAsync(fact);

    public Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken) => store.EventsAsync(after, max, cancellationToken);

    public Task RemoveEventsAsync(DateTimeOffset before) => store.RemoveEventsAsync(before);
}
