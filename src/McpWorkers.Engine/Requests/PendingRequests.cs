using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What waits for an answer, and who waits for that.</summary>
internal sealed class PendingRequests
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, (WorkerRequest Request, TaskCompletionSource<WorkerRequest> Decision)> _requests = [];

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

    public void Add(WorkerRequest request)
    {
        lock (_lock)
        {
            _requests.TryAdd(request.RequestId, (request, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
    }

    public void Remove(string requestId)
    {
        lock (_lock)
        {
            _requests.Remove(requestId);
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
}
