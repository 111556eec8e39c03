using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Requests;

/// <summary>
/// The one queue of what workers ask: each request is decided once, by a rule, by whoever answers first, or by the clock. What is asked and what was
/// decided is stored before anybody is told of it.
/// </summary>
public sealed partial class RequestManager : IAsyncDisposable
{
    private const int IdDigits = 16;
    private const int AnswerBytesMax = 64 * 1024;

    private readonly IRequestStore _store;
    private readonly RequestSettings _settings;
    private readonly TimeProvider _time;
    private readonly PendingRequests _pending = new();
    private readonly RequestListeners _listeners = new();
    private readonly RequestExpiry _expiry;

    /// <param name="allowsUnattended">Told a worker type's name: whether a permission that nobody decided is given.</param>
    internal RequestManager(IRequestStore store, RequestSettings settings, Func<string?, bool> allowsUnattended, TimeProvider time)
    {
        _store = store;
        _settings = settings;
        _time = time;
        _expiry = new RequestExpiry(_pending, request => ExpireAsync(request, allowsUnattended(request.WorkerType)), time);
    }

    /// <summary>What waits for an answer, in order of asking.</summary>
    public IReadOnlyList<WorkerRequest> Pending => _pending.All;

    /// <summary>Takes up what an earlier host left. To be called once, before anybody asks.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    internal async Task StartAsync(CancellationToken cancellationToken = default)
    {
        foreach (var request in await _store.PendingAsync(cancellationToken))
        {
            _pending.Add(request, Task.CompletedTask);
        }

        _expiry.Start();
    }

    /// <summary>The first one that waits for an answer and that this run asked; null for none.</summary>
    public WorkerRequest? PendingOf(string runId) => _pending.All.FirstOrDefault(request => request.RunId == runId);

    /// <summary>Told of each request when it is asked and when it is decided, once that is stored. Must be quick and must not throw.</summary>
    public IDisposable Listen(Action<WorkerRequest> changed) => _listeners.Add(changed);

    /// <summary>Asks, unless a rule decides at once. The same key gives the same request, decided or not.</summary>
    /// <exception cref="RefusedException">The store cannot take it.</exception>
    public async Task<WorkerRequest> AskAsync(RequestDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        draft = draft with
        {
            Text = AgentText.Clean(draft.Text, RequestDraft.TextBytesMax),
            Options = [.. draft.Options.Take(RequestDraft.OptionsMax).Select(option => AgentText.Clean(option, RequestDraft.OptionMax))],
        };
        var asked = await TakeLeaveAsync(draft) is { } leave
            ? Decided(New(draft), RequestState.Allowed, $"request {leave.RequestId}", leave.Answer)
            : WithPolicy(draft, New(draft));
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (asked.IsPending)
        {
            // Before it is stored, and so before anybody can decide it.
            _pending.Add(asked, stored.Task);
        }

        WorkerRequest request;
        bool isNew = false;
        try
        {
            (request, isNew) = await WriteAsync(() => _store.AddAsync(asked, asked.IsPending ? RequestFacts.Asked(asked) : null));
        }
        finally
        {
            if (!isNew)
            {
                _pending.Remove(asked.RequestId);
            }

            stored.SetResult();
        }

        if (isNew && request.IsPending)
        {
            _expiry.Changed();
        }

        if (isNew)
        {
            _listeners.Tell(request);
        }

        return request;
    }

    /// <summary>Waits until it is decided.</summary>
    /// <returns>Null where it is still pending after that time.</returns>
    /// <exception cref="RefusedException">It is not known.</exception>
    public async Task<WorkerRequest?> WaitAsync(string requestId, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_pending.DecisionOf(requestId) is { } coming)
        {
            try
            {
                return await coming.WaitAsync(patience, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        var found = await FindAsync(requestId, cancellationToken);
        return found.IsPending ? null : found;
    }

    /// <exception cref="RefusedException">It is not known, or the store cannot be read.</exception>
    public async Task<WorkerRequest> FindAsync(string requestId, CancellationToken cancellationToken = default)
    {
        await _pending.StoredAsync(requestId).WaitAsync(cancellationToken);
        return await ReadAsync(() => _store.FindAsync(requestId, cancellationToken))
            ?? throw new RefusedException(RefusalCode.NotFound, $"Request '{requestId}' is not known. `requests list` shows those that are.");
    }

    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync(() => _store.ListAsync(query, cancellationToken));

    /// <summary>All that match, in order of asking, however many they are.</summary>
    /// <param name="query">Its bound and its beginning count for nothing.</param>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    internal async Task<List<WorkerRequest>> AllAsync(RequestQuery query, CancellationToken cancellationToken = default)
    {
        List<WorkerRequest> all = [];
        long? before = null;
        do
        {
            var page = await ListAsync(query with { Before = before, Limit = RequestQuery.LimitMax }, cancellationToken);
            all.AddRange(page.Requests);
            before = page.Next;
        }
        while (before is not null);
        all.Reverse();
        return all;
    }

    /// <summary>Decides it; returns once that is stored.</summary>
    /// <param name="by">Who decides, such as <c>cli</c>.</param>
    /// <param name="digest">Of what the caller has seen; null where it does not say.</param>
    /// <exception cref="RefusedException">
    /// It is not known, was decided before, was not what the caller has seen, or is not of a kind that is decided so; or the store cannot take it.
    /// </exception>
    public async Task<WorkerRequest> AnswerAsync(string requestId, RequestVerdict verdict, string by, string? digest = null)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var request = await FindAsync(requestId);
        if (digest is not null && !string.Equals(digest, request.Digest, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid($"Request '{requestId}' asks for something else than what digest '{Short(digest)}' stands for; its own is {request.Digest}. Look at it again before you decide.");
        }

        var (state, answer) = Read(request, verdict);
        if (!request.IsPending || await TryDecideAsync(request, state, answer, by) is not { } decided)
        {
            throw AlreadyDecided(request.IsPending ? await FindAsync(requestId) : request);
        }

        return decided;
    }

    /// <summary>Nobody needs its answer any more.</summary>
    /// <param name="why">Such as <c>run ended</c>.</param>
    public async Task WithdrawAsync(string runId, string why)
    {
        foreach (var request in _pending.All.Where(request => request.RunId == runId))
        {
            await TryDecideAsync(request, RequestState.Withdrawn, null, why);
        }
    }

    /// <inheritdoc cref="WithdrawAsync"/>
    public Task WithdrawOneAsync(WorkerRequest request, string why)
    {
        ArgumentNullException.ThrowIfNull(request);
        return TryDecideAsync(request, RequestState.Withdrawn, null, why);
    }

    /// <summary>Notes that whoever asked has got the decision. False where that was noted before: what was allowed is used up then.</summary>
    internal Task<bool> DeliverAsync(WorkerRequest request) => WriteAsync(() => _store.DeliverAsync(request.RequestId, _time.GetUtcNow()));

    /// <summary>Notes which run goes on with the answer. False where another one does.</summary>
    internal Task<bool> ContinueAsync(WorkerRequest request, string runId) => WriteAsync(() => _store.ContinueAsync(request.RequestId, runId));

    public ValueTask DisposeAsync() => _expiry.DisposeAsync();

    private static (RequestState State, string? Answer) Read(WorkerRequest request, RequestVerdict verdict) => (request.Kind, verdict) switch
    {
        (RequestKind.Question, RequestVerdict.Answer(var text)) => (RequestState.Answered, Checked(request, text)),
        (RequestKind.Question, RequestVerdict.Allow) => throw Invalid($"Request '{request.RequestId}' is a question: answer it with a text."),
        (_, RequestVerdict.Allow(var note)) => (RequestState.Allowed, Bounded(request, note)),
        (_, RequestVerdict.Deny(var why)) => (RequestState.Denied, Bounded(request, why)),
        _ => throw Invalid($"Request '{request.RequestId}' is of the kind {request.Kind.ToWire()}: allow or deny it."),
    };

    private static string Checked(WorkerRequest request, string text) =>
        string.IsNullOrWhiteSpace(text) ? throw Invalid($"The answer to request '{request.RequestId}' is empty.")
        : Bounded(request, text)!;

    private static string? Bounded(WorkerRequest request, string? text) => text is not null && Encoding.UTF8.GetByteCount(text) > AnswerBytesMax
        ? throw Invalid($"The answer to request '{request.RequestId}' is longer than {AnswerBytesMax} bytes of UTF-8. Put what is long into a file and name it.")
        : text;

    private Task<WorkerRequest?> ExpireAsync(WorkerRequest request, bool allows) => (request.Kind, allows) switch
    {
        (RequestKind.Permission, true) => TryDecideAsync(request, RequestState.Allowed, null, "default: nobody answered in time"),
        (RequestKind.Question, _) => TryDecideAsync(request, RequestState.Expired, UnattendedAnswer.Question, "default: nobody answered in time"),
        _ => TryDecideAsync(request, RequestState.Expired, UnattendedAnswer.Denial, "default: nobody answered in time"),
    };

    private async Task<WorkerRequest?> TryDecideAsync(WorkerRequest request, RequestState state, string? answer, string by)
    {
        await _pending.StoredAsync(request.RequestId);
        var decided = await WriteAsync(() => _store.DecideAsync(
            request.RequestId, state, answer, by, _time.GetUtcNow(), request.WorkerId is null ? null : now => RequestFacts.Decided(now)!));
        if (decided is null)
        {
            return null;
        }

        _pending.Decide(decided);
        _listeners.Tell(decided);
        return decided;
    }

    private static RefusedException AlreadyDecided(WorkerRequest request) => Invalid(
        $"Request '{request.RequestId}' was decided already: {request.State.ToWire()} by {request.DecidedBy} at {request.Decided:yyyy-MM-dd'T'HH:mm:ss'Z'}. A request is decided once.");

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);

    private static string Short(string text) => text.Length > 64 ? text[..64] + "…" : text;

    private static async Task<T> WriteAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    private static Task<T> ReadAsync<T>(Func<Task<T>> read) => WriteAsync(read);
}
