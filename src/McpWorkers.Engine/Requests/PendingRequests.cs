using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What waits for an answer, and who waits for that.</summary>
internal sealed class PendingRequests
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Entry> _requests = [];

    public IReadOnlyList<WorkerRequest> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests.Values.Select(each => each.Request)];
            }
        }
    }

    /// <param name="stored">Ends once the store has it, or has refused it.</param>
    public void Add(WorkerRequest request, Task stored)
    {
        lock (_lock)
        {
            _requests.TryAdd(request.RequestId, new(request, stored, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
    }

    public void Remove(string requestId)
    {
        lock (_lock)
        {
            _requests.Remove(requestId);
        }
    }

    /// <summary>Whoever saw it here may ask for it before the store has it: to be waited for first. Never faults.</summary>
    public Task StoredAsync(string requestId)
    {
        lock (_lock)
        {
            return _requests.TryGetValue(requestId, out var found) ? found.Stored : Task.CompletedTask;
        }
    }

    /// <summary>Null where it does not wait.</summary>
    public Task<WorkerRequest>? DecisionOf(string requestId)
    {
        lock (_lock)
        {
            return _requests.TryGetValue(requestId, out var found) ? found.Decision.Task : null;
        }
    }

    public void Decide(WorkerRequest decided)
    {
        TaskCompletionSource<WorkerRequest>? decision = null;
        lock (_lock)
        {
            if (_requests.Remove(decided.RequestId, out var found))
            {
                decision = found.Decision;
            }
        }

        decision?.TrySetResult(decided);
    }

    private sealed record Entry(WorkerRequest Request, Task Stored, TaskCompletionSource<WorkerRequest> Decision);
}
