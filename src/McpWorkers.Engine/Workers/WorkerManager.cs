using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers;

/// <summary>Spawns, runs, lists, watches, collects and closes workers. The engine's one door for every transport.</summary>
public sealed class WorkerManager : IAsyncDisposable
{
    private readonly WorkerHost _host;
    private readonly Spawning _spawning;
    private readonly RunIntake _intake;
    private readonly PromptRequests _requests;
    private readonly RunLookup _lookup;
    private readonly SavedCalls _calls;
    private readonly StatusWatch _watch;
    private readonly HostUpkeep? _upkeep;
    private readonly LoadSampler _load;
    private readonly PlannedRuns _planned;
    private readonly bool _isView;
    private int _disposed;

    /// <summary>The places in which workers write.</summary>
    public WorkspaceManager Workspaces => new(_host, Caller);

    /// <summary>What was.</summary>
    public RunHistory History => new(_host, Caller);

    /// <summary>A host whose runs end with it.</summary>
    /// <param name="store">In memory too; null for one of its own.</param>
    internal WorkerManager(HostSettings settings, AgentCatalog agents, ILauncher launcher, ExecutableSearch search, TimeProvider time, IDataStore? store = null)
        : this(new WorkerHost(
            settings, agents, launcher, search, new TransientRunHome(settings.DataDirectory, launcher, agents, time), store ?? new MemoryStore(), time))
    {
        // Of a store in memory there is nothing to be read.
        _ = _host.Requests.StartAsync();
    }

    private WorkerManager(WorkerHost host)
    {
        _host = host;
        _spawning = new Spawning(host);
        _intake = new RunIntake(host);
        _requests = new PromptRequests(host, _intake);
        _lookup = new RunLookup(host);
        _calls = new SavedCalls(host, _lookup);
        _planned = new PlannedRuns(host, _spawning, _intake, _lookup);
        _watch = new StatusWatch(host);
        _upkeep = new HostUpkeep(host);
        _upkeep.Start();
        _load = new LoadSampler(host);
        HostGauges.AddTo(host.Meter, host, _load);
        _load.Start();
    }

    private WorkerManager(WorkerManager whole, Caller caller)
    {
        _host = whole._host;
        _spawning = whole._spawning;
        _intake = whole._intake;
        _requests = whole._requests;
        _lookup = whole._lookup;
        _calls = whole._calls;
        _planned = whole._planned;
        _watch = whole._watch;
        _load = whole._load;
        _isView = true;
        Caller = caller;
    }

    /// <summary>A host that takes up what an earlier one left, and leaves its runs to the next one.</summary>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    internal static async Task<WorkerManager> OpenAsync(WorkerHost host, CancellationToken cancellationToken)
    {
        var manager = new WorkerManager(host);
        try
        {
            await WorkerHost.ReadAsync(async () =>
            {
                await host.Requests.StartAsync(cancellationToken);
                return true;
            });
            await new HostRestore(host, manager._intake).RunAsync(cancellationToken);
            return manager;
        }
        catch
        {
            await manager.DisposeAsync();
            throw;
        }
    }

    internal LoadSampler Load => _load;

    /// <summary>For whoever decides by itself when a run is begun.</summary>
    internal PlannedRuns Planned => _planned;

    /// <summary>What those within its runs may do, for the doors.</summary>
    internal RunVoice Voice => _host.Voice;

    /// <summary>Where the host's figures are, and the doors enter theirs.</summary>
    internal HostMeter Meter => _host.Meter;

    /// <summary>The effective settings.</summary>
    public HostSettings Settings => _host.Settings;

    public EventFeed Events => _host.Events;

    /// <summary>The clients in debug mode, and who follows what their workers write.</summary>
    public DebugClients Debug => _host.Debug;

    /// <summary>What the host did beside that, for its log.</summary>
    public HostNotes Notes => _host.Notes;

    /// <summary>Takes out of a text the secrets of this process and of all workers that it had, and tokens that are known by their place.</summary>
    public string Mask(string text) => _host.Seen.Mask(text);

    /// <summary>Who asks through this door.</summary>
    public Caller Caller { get; } = Caller.Owner;

    /// <summary>What workers ask. Not for an agent inside a run: it may ask, and never answer.</summary>
    /// <exception cref="RefusedException">The caller is one.</exception>
    public RequestManager Requests => Caller.ParentRun is null
        ? _host.Requests
        : throw new RefusedException(RefusalCode.Forbidden, "An agent inside a run may not look at requests or decide them: a person or the program that gave it its work does.");

    /// <summary>Access tokens, for doors that need them.</summary>
    public ITokenStore Tokens => _host.Store.Tokens;

    /// <summary>The same workers through the eyes and with the rights of a caller. Costs nothing; disposing it does nothing.</summary>
    public WorkerManager As(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return new(this, _planned.Known(caller));
    }

    /// <summary>Accepts a prompt for a worker and returns once it is stored: the run goes on whatever becomes of the caller.</summary>
    /// <exception cref="RefusedException">As for <see cref="ExecuteAsync"/>; also where it cannot be stored.</exception>
    public Task<RunTicket> SubmitAsync(string workerId, string prompt, ExecuteOptions? options = null)
    {
        return OneAsync(_requests.AcceptAsync(workerId, prompt, options, Caller));

        static async Task<RunTicket> OneAsync(Task<PromptRun> accepted) => TicketOf(await accepted);
    }

    /// <summary>Accepts prompt i for worker i, all of them in one step; an unknown worker's item is refused by itself.</summary>
    /// <exception cref="RefusedException">As for <see cref="ExecuteBatchAsync"/>; then nothing was accepted.</exception>
    public async Task<IReadOnlyList<BatchItem>> SubmitBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workerIds);
        ArgumentNullException.ThrowIfNull(prompts);
        var items = await _requests.AcceptBatchAsync(workerIds, prompts, options, Caller);
        return [.. items.Select(item => new BatchItem(item.Run is { } run ? TicketOf(run) : null, item.Refused))];
    }

    /// <summary>Waits for a run's result, also for one that was settled long ago. Cancelling the token ends the waiting only.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public Task<WorkerResult> WaitAsync(string runId, CancellationToken cancellationToken = default) =>
        CollectedAsync(_lookup.WaitAsync(runId, Caller, cancellationToken), cancellationToken);

    /// <summary>A run, also one of a worker that is closed, for as long as it is kept.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public Task<RunView> FindRunAsync(string runId, CancellationToken cancellationToken = default) =>
        _lookup.FindAsync(runId, Caller, cancellationToken);

    /// <summary>Stops a run; returns once nothing of it is left. False where it was over already.</summary>
    /// <exception cref="RefusedException">Unknown run.</exception>
    public async Task<bool> CancelRunAsync(string runId, string reason, CancellationToken cancellationToken = default)
    {
        if (_host.Live.FindLatest(runId) is not { } live)
        {
            // Says whether it is known at all.
            _ = await _lookup.FindAsync(runId, Caller, cancellationToken);
            return false;
        }

        RunLookup.CheckVisible(runId, live.Worker, Caller);
        _host.Notes.Add(new("stop", $"asked by {Caller.Kind}: {reason}", live.Worker.Id, runId));
        await _host.Live.StopAsync(runId, new(StopKind.Cancelled, reason)).WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>A page of what went on in a run, from its raw output. Does not wait.</summary>
    /// <param name="cursor">In bytes, as a page's <c>NextCursor</c> said; 0 at first.</param>
    /// <param name="linesMax">1–10,000.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range.</exception>
    public Task<RunLogPage> ReadLogAsync(string runId, long cursor, int linesMax = 1000, CancellationToken cancellationToken = default) =>
        _lookup.ReadLogAsync(runId, cursor, linesMax, Caller, cancellationToken);

    /// <summary>A piece of what a run's agent wrote, byte for byte: not parsed, and nothing in it masked. For the host's own user only.</summary>
    /// <param name="cursor">In bytes; 0 at first, then a piece's <c>NextCursor</c>.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range, or an agent inside a run asks.</exception>
    public Task<RawLogPage> ReadRawLogAsync(string runId, long cursor, CancellationToken cancellationToken = default) =>
        _lookup.ReadRawAsync(runId, cursor, Caller, cancellationToken);

    /// <summary>Stored facts after a cursor, of the workers and tasks that the caller may see.</summary>
    /// <param name="after">0 for all that are kept.</param>
    /// <param name="max">1–10,000.</param>
    public async Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken = default)
    {
        if (max is < 1 or > 10_000 || after < 0)
        {
            throw Arguments.Invalid($"after is {after} and max is {max}; allowed are 0 and more, and 1 to 10000.");
        }

        var page = await WorkerHost.ReadAsync(() => _host.Store.Workers.EventsAsync(after, max, cancellationToken));
        return Caller.ParentRun is null
            ? page
            : page with { Facts = [.. page.Facts.Where(fact => _host.Sees(fact, Caller))] };
    }

    /// <summary>Stores which runs a call stands for, under an id that nobody can guess.</summary>
    /// <exception cref="RefusedException">It cannot be stored.</exception>
    public Task<CallView> SaveCallAsync(string kind, IReadOnlyList<BatchItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return _calls.SaveAsync(kind, items, Caller);
    }

    /// <summary>Null where it is not known, no longer, or not this caller's.</summary>
    public Task<CallView?> FindCallAsync(string callId, CancellationToken cancellationToken = default) =>
        _calls.FindAsync(callId, Caller, cancellationToken);

    /// <summary>Whether new work is refused, while what was accepted goes on to its end.</summary>
    public bool IsDraining
    {
        get => _host.IsDraining;
        set => _host.IsDraining = value;
    }

    /// <summary>
    /// Ends this host. Over a data directory it leaves its runs going, and the next host adopts them; in a process of its own it stops them.
    /// </summary>
    public Task LeaveAsync() => DisposeAsync().AsTask();

    /// <summary>Makes workers; costs no process. Returns their ids (<c>term_</c> and 12 hexadecimal digits), all or none.</summary>
    /// <exception cref="RefusedException">Unknown type, missing executable, count out of 1–50, too many workers, bad directory.</exception>
    public Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return _spawning.SpawnAsync(request, Caller);
    }

    /// <summary>Runs a prompt on a worker and waits for its result. Cancelling the token ends the waiting only: the run goes on.</summary>
    /// <exception cref="RefusedException">Unknown worker, empty or too long prompt, time-out out of range.</exception>
    public Task<WorkerResult> ExecuteAsync(
        string workerId, string prompt, ExecuteOptions? options = null, CancellationToken cancellationToken = default)
    {
        return CollectedAsync(ResultAsync(_requests.AcceptAsync(workerId, prompt, options, Caller)), cancellationToken);

        async Task<WorkerResult> ResultAsync(Task<PromptRun> accepted) => await _lookup.FollowAsync((await accepted).Result, Caller, cancellationToken);
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
        var items = await _requests.AcceptBatchAsync(workerIds, prompts, options, Caller);
        return await Task.WhenAll(items.Select(item => item.Run is { } run
            ? CollectedAsync(_lookup.FollowAsync(run.Result, Caller, cancellationToken), cancellationToken)
            : Task.FromResult(item.Refused!)));
    }

    /// <summary>All workers, oldest first.</summary>
    public IReadOnlyList<WorkerSnapshot> List() => _host.Registry.Snapshots(Caller);

    /// <summary>
    /// The status of these workers (null: all), by id. Waits up to the interval for a change of one of them, if any is at work.
    /// </summary>
    /// <param name="interval">0.1–10 s.</param>
    /// <exception cref="RefusedException">Unknown worker, interval out of range.</exception>
    public Task<IReadOnlyDictionary<string, WorkerStatus>> MonitorAsync(
        IReadOnlyList<string>? workerIds, TimeSpan interval, CancellationToken cancellationToken = default) =>
        _watch.MonitorAsync(workerIds, interval, Caller, cancellationToken);

    /// <summary>The last result of these workers (null: of all that have one), by id. A worker at work gives what there is so far, with status running.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<IReadOnlyDictionary<string, WorkerResult>> CollectAsync(IReadOnlyList<string>? workerIds, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var results = new Dictionary<string, WorkerResult>();
        foreach (var worker in _host.Registry.Find(workerIds, Caller))
        {
            if (worker.Collect() is { } result)
            {
                results[worker.Id] = result;
                if (result.Status.IsSettled())
                {
                    NoteCollected(result);
                }
            }
            else if (workerIds is not null)
            {
                results[worker.Id] = new() { WorkerId = worker.Id, Status = WorkerStatus.Pending, Timestamp = _host.Time.GetUtcNow() };
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, WorkerResult>>(results);
    }

    /// <summary>Stops the worker's run, and those that wait on it. Returns once nothing of it is left; false where nothing ran or waited.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<bool> CancelAsync(string workerId, string reason, StopPlan? plan = null, CancellationToken cancellationToken = default)
    {
        var worker = _host.Registry.Find(workerId, Caller);
        _host.Notes.Add(new("stop", $"asked by {Caller.Kind}: {reason}", workerId));
        return worker.StopAsync(new(StopKind.Cancelled, reason), plan).WaitAsync(cancellationToken);
    }

    /// <summary>Ends a worker; a run that goes on is stopped first. An unknown id gives an unsuccessful result, not an exception.</summary>
    public async Task<CloseResult> CloseAsync(string workerId, CancellationToken cancellationToken = default)
    {
        if (_host.Registry.TryFind(workerId, Caller) is not { } worker)
        {
            return new(false, workerId, false, _host.Registry.Unknown(workerId, Caller));
        }

        try
        {
            return new(true, workerId, await _host.Closing.CloseAsync(worker, "its worker was closed", cancellationToken), null);
        }
        catch (RefusedException refused)
        {
            return new(false, workerId, false, refused.Message);
        }
    }

    /// <summary>Ends all workers; returns how many there were.</summary>
    public async Task<int> CloseAllAsync(CancellationToken cancellationToken = default)
    {
        var closed = await Task.WhenAll(List().Select(worker => CloseAsync(worker.WorkerId, cancellationToken)));
        return closed.Count(result => result.Success);
    }

    public WorkerHealth Health() => HealthView.Of(_host, Caller);

    /// <summary>What the machine, this host and its workers use. Looked at every five seconds; asking costs nothing.</summary>
    public SystemLoad SystemLoad() => _load.View(Caller);

    /// <summary>The configured worker types, and whether this machine can run them.</summary>
    public IReadOnlyList<WorkerTypeView> Types() => _host.Types.All(Caller.Environment ?? _host.Environment);

    /// <summary>A page of a run's whole output text.</summary>
    /// <param name="runId">As in a result's metadata.</param>
    /// <param name="cursor">In characters, from 0.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range.</exception>
    public Task<OutputPage> ReadOutputAsync(string runId, long cursor, CancellationToken cancellationToken = default) =>
        _lookup.ReadOutputAsync(runId, cursor, Caller, cancellationToken);

    /// <summary>As <see cref="LeaveAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isView || Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _load.DisposeAsync();
        await _upkeep!.DisposeAsync();
        await _host.DisposeAsync();
    }

    private static RunTicket TicketOf(PromptRun run) => new(run.Identity.RunId, run.Identity.WorkerId);

    /// <summary>A result that reaches whoever waited for it is collected.</summary>
    private async Task<WorkerResult> CollectedAsync(Task<WorkerResult> running, CancellationToken cancellationToken)
    {
        var result = await running.WaitAsync(cancellationToken);
        NoteCollected(result);
        return result;
    }

    private void NoteCollected(WorkerResult result)
    {
        if (result.Metadata["run_id"]?.GetValue<string>() is { } runId)
        {
            _host.Registry.TryFind(result.WorkerId, Caller)?.MarkCollected(runId);
            _ = _host.Settling.CollectedAsync([runId]);
        }
    }
}
