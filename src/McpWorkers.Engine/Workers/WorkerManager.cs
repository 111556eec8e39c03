using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>Spawns, runs, lists, watches, collects and closes workers. The engine's one door for every transport.</summary>
public sealed class WorkerManager : IAsyncDisposable
{
    private readonly WorkerRegistry _workers;
    private readonly WorkerTypes _types;
    private readonly RunSlots _slots;
    private readonly OwnedRuns _runs;
    private readonly IReadOnlyList<string> _allKeys;
    private readonly IReadOnlyDictionary<string, string> _environment = AgentEnvironment.OfThisProcess();
    private readonly ILauncher _launcher;
    private readonly TimeProvider _time;
    private int _disposed;

    internal WorkerManager(
        HostSettings settings, AgentCatalog agents, ILauncher launcher, Func<string, string?> findExecutable, TimeProvider time)
    {
        Settings = settings;
        Events = new EventFeed(time);
        _launcher = launcher;
        _time = time;
        _workers = new WorkerRegistry(settings.MaxWorkers);
        _types = new WorkerTypes(settings, agents, findExecutable);
        _slots = new RunSlots(settings.MaxConcurrentWorkers);
        _runs = new OwnedRuns(settings.DataDirectory, launcher, agents, time);
        _allKeys = [.. agents.All.SelectMany(agent => agent.Probe.CredentialVariables).Distinct()];
    }

    /// <summary>The effective settings.</summary>
    public HostSettings Settings { get; }

    public EventFeed Events { get; }

    /// <summary>Who asks through this door.</summary>
    public Caller Caller { get; } = Caller.Owner;

    /// <summary>Access tokens, for doors that need them.</summary>
    public ITokenStore Tokens => throw new NotImplementedException();

    /// <summary>The same workers through the eyes and with the rights of a caller. Costs nothing; disposing it does nothing.</summary>
    public WorkerManager As(Caller caller) => throw new NotImplementedException();

    /// <summary>Accepts a prompt for a worker and returns once it is stored: the run goes on whatever becomes of the caller.</summary>
    /// <exception cref="RefusedException">As for <see cref="ExecuteAsync"/>; also where it cannot be stored.</exception>
    public Task<RunTicket> SubmitAsync(string workerId, string prompt, ExecuteOptions? options = null) => throw new NotImplementedException();

    /// <summary>Accepts prompt i for worker i, all of them in one step; an unknown worker's item is refused by itself.</summary>
    /// <exception cref="RefusedException">As for <see cref="ExecuteBatchAsync"/>; then nothing was accepted.</exception>
    public Task<IReadOnlyList<BatchItem>> SubmitBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions? options = null) => throw new NotImplementedException();

    /// <summary>Waits for a run's result, also for one that was settled long ago. Cancelling the token ends the waiting only.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public Task<WorkerResult> WaitAsync(string runId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A run, also one of a worker that is closed, for as long as it is kept.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public Task<RunView> FindRunAsync(string runId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops a run; returns once nothing of it is left. False where it was over already.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public Task<bool> CancelRunAsync(string runId, string reason, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A page of what went on in a run, from its raw output. Does not wait.</summary>
    /// <param name="cursor">In bytes, as a page's <c>NextCursor</c> said; 0 at first.</param>
    /// <param name="linesMax">1–10,000.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range.</exception>
    public Task<RunLogPage> ReadLogAsync(string runId, long cursor, int linesMax = 1000, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stored facts after a cursor, of the workers that the caller may see.</summary>
    /// <param name="after">0 for all that are kept.</param>
    /// <param name="max">1–10,000.</param>
    public Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stores which runs a call stands for, under an id that nobody can guess.</summary>
    public Task<CallView> SaveCallAsync(string kind, IReadOnlyList<BatchItem> items) => throw new NotImplementedException();

    /// <summary>Null where it is not known, no longer, or not this caller's.</summary>
    public Task<CallView?> FindCallAsync(string callId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends this host and leaves its runs going: the next host over the same data directory adopts them.</summary>
    public Task LeaveAsync() => throw new NotImplementedException();

    /// <summary>Makes workers; costs no process. Returns their ids (<c>term_</c> and 12 hexadecimal digits), all or none.</summary>
    /// <exception cref="RefusedException">Unknown type, missing executable, count out of 1–50, too many workers, bad directory.</exception>
    public Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        CheckOpen();
        Arguments.CheckCount(request.Count);
        string directory = Arguments.WorkingDirectory(request.WorkingDirectory);
        var (type, agent, executable) = _types.Resolve(request.WorkerType);
        var executor = new RunExecutor(_launcher, Settings, _allKeys, _runs.Owner.Mark, _time);
        var ids = _workers.Add(request.Count, () => new Worker(
            "term_" + OwnerDirectory.NewId(12), type, agent, executable, request, directory,
            request.Environment ?? _environment, _slots, executor, Events, _time));
        foreach (string id in ids)
        {
            Events.Publish([new(Events.Last + 1, _time.GetUtcNow(), WorkerEventKind.Spawned, id, null, WorkerStatus.Pending, type.Name)]);
        }

        return Task.FromResult(ids);
    }

    /// <summary>Runs a prompt on a worker and waits for its result. Cancelling the token ends the waiting only: the run goes on.</summary>
    /// <exception cref="RefusedException">Unknown worker, empty or too long prompt, time-out out of range.</exception>
    public Task<WorkerResult> ExecuteAsync(
        string workerId, string prompt, ExecuteOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        var worker = _workers.Find(workerId);
        var timeout = TimeoutOf(options);
        Arguments.CheckPrompt(prompt, Settings.PromptBytesMax);
        return Accept(worker, prompt, timeout).Result.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Runs prompt i on worker i; a repeated worker takes its prompts in turn. One result for each item, in the order given;
    /// an unknown worker's item is a failed result.
    /// </summary>
    /// <exception cref="RefusedException">Lists empty or of different length, a bad prompt, time-out out of range.</exception>
    public async Task<IReadOnlyList<WorkerResult>> ExecuteBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workerIds);
        ArgumentNullException.ThrowIfNull(prompts);
        CheckOpen();
        if (workerIds.Count == 0)
        {
            throw Arguments.Invalid("worker_ids is empty. Give at least one worker's id.");
        }

        if (workerIds.Count != prompts.Count)
        {
            throw Arguments.Invalid(
                $"worker_ids has {workerIds.Count} items and prompts has {prompts.Count}; both need the same length, prompt i for worker i.");
        }

        var timeout = TimeoutOf(options);
        for (int i = 0; i < prompts.Count; i++)
        {
            Arguments.CheckPrompt(prompts[i], Settings.PromptBytesMax, $"prompts[{i}]");
        }

        // All are accepted before any is waited for: a batch is one request, and its items are in line together.
        var results = new List<Task<WorkerResult>>(workerIds.Count);
        for (int i = 0; i < workerIds.Count; i++)
        {
            results.Add(AcceptItem(workerIds[i], prompts[i], timeout));
        }

        return await Task.WhenAll(results).WaitAsync(cancellationToken);
    }

    /// <summary>All workers, oldest first.</summary>
    public IReadOnlyList<WorkerSnapshot> List() => _workers.Snapshots();

    /// <summary>
    /// The status of these workers (null: all), by id. Waits up to the interval for a change of one of them, if any is at work.
    /// </summary>
    /// <param name="interval">0.1–10 s.</param>
    /// <exception cref="RefusedException">Unknown worker, interval out of range.</exception>
    public async Task<IReadOnlyDictionary<string, WorkerStatus>> MonitorAsync(
        IReadOnlyList<string>? workerIds, TimeSpan interval, CancellationToken cancellationToken = default)
    {
        Arguments.CheckInterval(interval);
        using var changes = Events.Subscribe(256);
        var workers = _workers.Find(workerIds);
        var before = StatusOf(workers);
        if (before.Values.Any(status => status is WorkerStatus.Starting or WorkerStatus.Running))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(interval);
            try
            {
                while (StatusOf(workers).All(now => now.Value == before[now.Key]))
                {
                    await changes.Reader.ReadAsync(limit.Token);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The interval is over, and that nothing changed is the answer.
            }
        }

        return StatusOf(workers);
    }

    /// <summary>The last result of these workers (null: of all that have one), by id. A worker at work gives what there is so far, with status running.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<IReadOnlyDictionary<string, WorkerResult>> CollectAsync(IReadOnlyList<string>? workerIds, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var results = new Dictionary<string, WorkerResult>();
        foreach (var worker in _workers.Find(workerIds))
        {
            if (worker.Collect() is { } result)
            {
                results[worker.Id] = result;
            }
            else if (workerIds is not null)
            {
                results[worker.Id] = new() { WorkerId = worker.Id, Status = WorkerStatus.Pending, Timestamp = _time.GetUtcNow() };
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, WorkerResult>>(results);
    }

    /// <summary>Stops the worker's run, and those that wait on it. Returns once nothing of it is left; false where nothing ran or waited.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<bool> CancelAsync(string workerId, string reason, StopPlan? plan = null, CancellationToken cancellationToken = default) =>
        _workers.Find(workerId).StopAsync(new(StopKind.Cancelled, reason), plan).WaitAsync(cancellationToken);

    /// <summary>Ends a worker; a run that goes on is stopped first. An unknown id gives an unsuccessful result, not an exception.</summary>
    public async Task<CloseResult> CloseAsync(string workerId, CancellationToken cancellationToken = default)
    {
        if (_workers.TryFind(workerId) is not { } worker)
        {
            return new(false, workerId, false, _workers.Unknown(workerId));
        }

        bool stopped = await worker.CloseAsync(new(StopKind.Cancelled, "its worker was closed")).WaitAsync(cancellationToken);
        if (_workers.Remove(workerId))
        {
            Events.Publish([new(Events.Last + 1, _time.GetUtcNow(), WorkerEventKind.Closed, workerId, null, worker.Snapshot().Status, "closed")]);
        }

        return new(true, workerId, stopped, null);
    }

    /// <summary>Ends all workers; returns how many there were.</summary>
    public async Task<int> CloseAllAsync(CancellationToken cancellationToken = default)
    {
        var closed = await Task.WhenAll(_workers.Ids.Select(id => CloseAsync(id, cancellationToken)));
        return closed.Count(result => result.Success);
    }

    public WorkerHealth Health()
    {
        var workers = List();
        bool defaultRuns = _types.All().Any(type => type is { IsDefault: true, Missing: null });
        return new()
        {
            Status = !Settings.WorkersEnabled ? "disabled" : defaultRuns ? "healthy" : "degraded",
            Workers = workers.Count,
            RunsActive = _slots.Taken,
            RunsWaiting = _slots.Waiting,
            MaxConcurrent = Settings.MaxConcurrentWorkers,
            MaxWorkers = Settings.MaxWorkers,
            DefaultType = _types.DefaultName,
            ByStatus = workers.GroupBy(worker => worker.Status.ToWire()).ToDictionary(group => group.Key, group => group.Count()),
            DataDirectory = Settings.DataDirectory,
            Store = new("memory", "", "", "", null),
            Warnings = Settings.Warnings,
        };
    }

    /// <summary>The configured worker types, and whether this machine can run them.</summary>
    public IReadOnlyList<WorkerTypeView> Types() => _types.All();

    /// <summary>A page of a run's whole output text.</summary>
    /// <param name="runId">As in a result's metadata.</param>
    /// <param name="cursor">In characters, from 0.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range.</exception>
    public Task<OutputPage> ReadOutputAsync(string runId, long cursor, CancellationToken cancellationToken = default) =>
        _runs.ReadOutputAsync(runId, cursor, Settings.OutputInlineMax, cancellationToken);

    /// <summary>Stops every run of this host within the grace, and waits until nothing is left.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await Task.WhenAll(_workers.All.Select(worker => worker.CloseAsync(new(StopKind.OwnerEnded, "the host that owned the run ended"))));
        await _runs.DisposeAsync();
    }

    private async Task<WorkerResult> AcceptItem(string workerId, string prompt, TimeSpan timeout)
    {
        try
        {
            return await Accept(_workers.Find(workerId), prompt, timeout).Result;
        }
        catch (RefusedException refused)
        {
            return new()
            {
                WorkerId = workerId,
                Status = WorkerStatus.Failed,
                Error = refused.Message,
                Metadata = new() { ["outcome"] = "refused" },
                Timestamp = _time.GetUtcNow(),
            };
        }
    }

    private PromptRun Accept(Worker worker, string prompt, TimeSpan timeout)
    {
        string runId = OwnedRuns.NewRunId();
        return worker.Accept(
            prompt, timeout == TimeSpan.Zero ? worker.Type.Timeout ?? Settings.DefaultTimeout : timeout, runId, _runs.DirectoryOf(runId));
    }

    private static TimeSpan TimeoutOf(ExecuteOptions? options)
    {
        var timeout = options?.Timeout ?? TimeSpan.Zero;
        Arguments.CheckTimeout(timeout);
        return timeout;
    }

    private static Dictionary<string, WorkerStatus> StatusOf(IReadOnlyList<Worker> workers) =>
        workers.ToDictionary(worker => worker.Id, worker => worker.Snapshot().Status);

    private void CheckOpen()
    {
        if (_disposed != 0)
        {
            throw new RefusedException(RefusalCode.ShuttingDown, "This host is ending and takes no more work.");
        }

        if (!Settings.WorkersEnabled)
        {
            throw new RefusedException(RefusalCode.Disabled, "Workers are switched off (setting workers_enabled: false).");
        }
    }
}
