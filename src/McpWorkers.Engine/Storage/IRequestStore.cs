using McpWorkers.Engine.Model;
using McpWorkers.Engine.Events;

namespace McpWorkers.Engine.Storage;

/// <summary>What workers ask. A fact is added in the same transaction as what it tells of.</summary>
public interface IRequestStore
{
    /// <summary>Adds it and gives it its position. Where its key is known already nothing is added, and the one that is there is returned.</summary>
    Task<(WorkerRequest Request, bool IsNew)> AddAsync(WorkerRequest request, WorkerEvent? fact = null);

    /// <summary>Decides a request that is pending. Null where it is not known or was decided before: then nothing is changed.</summary>
    Task<WorkerRequest?> DecideAsync(
        string requestId, RequestState state, string? answer, string by, DateTimeOffset at, Func<WorkerRequest, WorkerEvent>? fact = null);

    /// <summary>Notes that whoever asked has got the decision. False where that was noted before, or nothing was decided.</summary>
    Task<bool> DeliverAsync(string requestId, DateTimeOffset at);

    /// <summary>Notes which run goes on with the answer. False where another one does already.</summary>
    Task<bool> ContinueAsync(string requestId, string runId);

    /// <summary>Null where it is not known.</summary>
    Task<WorkerRequest?> FindAsync(string requestId, CancellationToken cancellationToken);

    /// <summary>Those that match, the last one first.</summary>
    Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken);

    /// <summary>All that are pending, in order of asking.</summary>
    Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what was decided before then.</summary>
    Task RemoveAsync(DateTimeOffset before);
}

/// <summary>Which requests; what is null or empty does not choose.</summary>
public sealed record RequestQuery
{
    public const int LimitMax = 1000;

    public IReadOnlyList<RequestState> States { get; init; } = [];

    public IReadOnlyList<RequestKind> Kinds { get; init; } = [];

    public string? WorkerId { get; init; }

    public string? RunId { get; init; }

    public string? TaskId { get; init; }

    /// <summary>Only those before the one with this <see cref="WorkerRequest.Position"/>.</summary>
    public long? Before { get; init; }

    /// <summary>1–1000.</summary>
    public int Limit { get; init; } = 100;
}

/// <param name="Next">What to ask for as <see cref="RequestQuery.Before"/> to get more; null where there is no more.</param>
public sealed record RequestPage(IReadOnlyList<WorkerRequest> Requests, long? Next);
