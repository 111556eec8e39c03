using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;

namespace McpWorkers.Tests.Mcp.Requests;

/// <summary>A store of requests that refuses the next decisions, or the next lists: a disk that is full or gone for a moment.</summary>
internal sealed class RefusingRequests(IRequestStore store) : IRequestStore
{
    private int _refusals;
    private int _unreadable;

    /// <summary>How many decisions are refused from now on.</summary>
    public int Refusals
    {
        set => Volatile.Write(ref _refusals, value);
    }

    /// <summary>How many lists cannot be read from now on; below zero once there was one more.</summary>
    public int Unreadable
    {
        get => Volatile.Read(ref _unreadable);
        set => Volatile.Write(ref _unreadable, value);
    }

    /// <summary>A store that is in memory but for that.</summary>
    public static (IDataStore Store, RefusingRequests Requests) Make()
    {
        var requests = new RefusingRequests(new MemoryStore().Requests);
        return (new MemoryStore { Requests = requests }, requests);
    }

    public Task<(WorkerRequest Request, bool IsNew)> AddAsync(WorkerRequest request, WorkerEvent? fact = null) => store.AddAsync(request, fact);

    public Task<WorkerRequest?> DecideAsync(
        string requestId, RequestState state, string? answer, string by, DateTimeOffset at, Func<WorkerRequest, WorkerEvent>? fact = null) =>
        Interlocked.Decrement(ref _refusals) >= 0
            ? Task.FromException<WorkerRequest?>(new StoreException(StoreFault.Full, "the disk is full"))
            : store.DecideAsync(requestId, state, answer, by, at, fact);

    public Task<bool> DeliverAsync(string requestId, DateTimeOffset at) => store.DeliverAsync(requestId, at);

    public Task<bool> ContinueAsync(string requestId, string runId) => store.ContinueAsync(requestId, runId);

    public Task<WorkerRequest?> FindAsync(string requestId, CancellationToken cancellationToken) => store.FindAsync(requestId, cancellationToken);

    public Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken) =>
        Interlocked.Decrement(ref _unreadable) >= 0
            ? Task.FromException<RequestPage>(new StoreException(StoreFault.Full, "the disk is gone"))
            : store.ListAsync(query, cancellationToken);

    public Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken) => store.PendingAsync(cancellationToken);

    public Task RemoveAsync(DateTimeOffset before) => store.RemoveAsync(before);
}
