using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="tell">Takes the facts.</param>
internal sealed class MemoryRequests(Action<IReadOnlyList<WorkerEvent>> tell) : IRequestStore
{
    private readonly Lock _lock = new();
    private readonly List<WorkerRequest> _requests = [];
    private long _last;

    public Task<(WorkerRequest Request, bool IsNew)> AddAsync(WorkerRequest request, WorkerEvent? fact = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            if (_requests.Find(known => known.Key == request.Key) is { } known)
            {
                return Task.FromResult((known, false));
            }

            var added = request with { Position = ++_last };
            _requests.Add(added);
            Tell(fact);
            return Task.FromResult((added, true));
        }
    }

    public Task<WorkerRequest?> DecideAsync(
        string requestId, RequestState state, string? answer, string by, DateTimeOffset at, Func<WorkerRequest, WorkerEvent>? fact = null)
    {
        lock (_lock)
        {
            int index = _requests.FindIndex(request => request.RequestId == requestId && request.Decided is null);
            if (index < 0)
            {
                return Task.FromResult<WorkerRequest?>(null);
            }

            var decided = _requests[index] = _requests[index] with { State = state, Answer = answer, DecidedBy = by, Decided = at };
            Tell(fact?.Invoke(decided));
            return Task.FromResult<WorkerRequest?>(decided);
        }
    }

    public Task<bool> DeliverAsync(string requestId, DateTimeOffset at)
    {
        lock (_lock)
        {
            int index = _requests.FindIndex(request => request.RequestId == requestId && request.Decided is not null && request.Delivered is null);
            if (index >= 0)
            {
                _requests[index] = _requests[index] with { Delivered = at };
            }

            return Task.FromResult(index >= 0);
        }
    }

    public Task<bool> ContinueAsync(string requestId, string runId)
    {
        lock (_lock)
        {
            int index = _requests.FindIndex(request => request.RequestId == requestId && (request.ContinuedBy is null || request.ContinuedBy == runId));
            if (index >= 0)
            {
                _requests[index] = _requests[index] with { ContinuedBy = runId };
            }

            return Task.FromResult(index >= 0);
        }
    }

    public Task<WorkerRequest?> FindAsync(string requestId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_requests.Find(request => request.RequestId == requestId));
        }
    }

    public Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, RequestQuery.LimitMax);
        lock (_lock)
        {
            List<WorkerRequest> found = [.. _requests.Where(request => Matches(request, query)).OrderByDescending(request => request.Position).Take(query.Limit + 1)];
            return Task.FromResult(found.Count > query.Limit ? new RequestPage(found[..query.Limit], found[query.Limit - 1].Position) : new RequestPage(found, null));
        }
    }

    public Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<WorkerRequest>>([.. _requests.Where(request => request.Decided is null)]);
        }
    }

    public Task RemoveAsync(DateTimeOffset before)
    {
        lock (_lock)
        {
            _requests.RemoveAll(request => request.Decided < before);
        }

        return Task.CompletedTask;
    }

    private static bool Matches(WorkerRequest request, RequestQuery query) =>
        request.Position < (query.Before ?? long.MaxValue)
        && (query.States.Count == 0 || query.States.Contains(request.State))
        && (query.Kinds.Count == 0 || query.Kinds.Contains(request.Kind))
        && (query.WorkerId is null || request.WorkerId == query.WorkerId)
        && (query.RunId is null || request.RunId == query.RunId)
        && (query.TaskId is null || request.TaskId == query.TaskId);

    private void Tell(WorkerEvent? fact)
    {
        if (fact is not null)
        {
            tell([fact]);
        }
    }
}
