using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>What stands behind all doors of one host: its workers, their runs, the store, and what the workers share.</summary>
#pragma warning disable CA1001 // A cancellation source without a timer holds nothing, and late comers still ask its token.
internal sealed class WorkerHost : IAsyncDisposable
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _leaving = new();
    private readonly Lock _remembering = new();
    private readonly IDisposable _listening;
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    private int _ended;

    public WorkerHost(
        HostSettings settings, AgentCatalog agents, ILauncher launcher, ExecutableSearch search, IRunHome home, IDataStore store, TimeProvider time)
    {
        Settings = settings;
        Launcher = launcher;
        Home = home;
        Store = store;
        Time = time;
        Events = new EventFeed(time);
        Debug = new DebugClients(time);
        Registry = new WorkerRegistry(settings.MaxWorkers);
        Types = new WorkerTypes(settings, agents, search);
        Slots = new RunSlots(settings.MaxConcurrentWorkers, settings.Tasks.ReservedForTasks);
        Requests = new RequestManager(store.Requests, settings.Requests, name => settings.WorkerTypes.Any(type => type.Name == name && type.AllowsUnattended), time);
        Voice = new RunVoice(this);
        Gate = new PoolGate(settings.Quota, store.Breakers, Notes, time);
        Budgets = new BudgetKeeper(store.Spending, settings.Budgets, time);
        Settling = new Settling(store.Workers, time);
        Files = new WorkerFiles(home);
        Closing = new WorkerClosing(this);
        Meter = new HostMeter(settings);
        Places = new PlaceKeeper(settings, launcher, home, time);
        var allKeys = agents.All.SelectMany(agent => agent.Probe.CredentialVariables).Distinct().ToList();
        Around = new WorkerSurroundings(
            Types, Slots, new RunExecutor(launcher, settings, allKeys, home, Budgets, time), Events, time, Settling.SettleAsync, Launched, Meter, _leaving.Token)
        {
            Gate = Gate,
            EnvironmentDeny = settings.EnvironmentDeny,
            Requests = Requests,
            Continuations = new RunContinuations(this),
            Voice = Voice,
            HoldMax = settings.Requests.Hold,
            GoesOnAs = runId => Live.FindLatest(runId)?.Run.Identity.RunId ?? runId,
        };
        Seen = SecretValues.Of(Environment.Concat(settings.WorkerTypes.SelectMany(type => type.Environment)), allKeys);
        store.Committed = OnCommitted;
        _listening = Requests.Listen(OnRequest);
    }

    public HostSettings Settings { get; }

    public ILauncher Launcher { get; }

    public IRunHome Home { get; }

    public IDataStore Store { get; }

    public TimeProvider Time { get; }

    public EventFeed Events { get; }

    public HostNotes Notes { get; } = new();

    /// <summary>Where runs wait whose pool gives no more.</summary>
    public PoolGate Gate { get; }

    /// <summary>What its workers ask.</summary>
    public RequestManager Requests { get; }

    /// <summary>What those within its runs may do.</summary>
    public RunVoice Voice { get; }

    /// <summary>What its workers spend.</summary>
    public BudgetKeeper Budgets { get; }

    public WorkerRegistry Registry { get; }

    /// <summary>The secrets of this process and of all workers that it ever had: a log of one that is closed can still be read.</summary>
    public SecretValues Seen { get; private set; }

    public WorkerTypes Types { get; }

    public RunSlots Slots { get; }

    public LiveRuns Live { get; } = new();

    public DebugClients Debug { get; }

    public Settling Settling { get; }

    public WorkerFiles Files { get; }

    public WorkerClosing Closing { get; }

    public PlaceKeeper Places { get; }

    public HostMeter Meter { get; }

    public WorkerSurroundings Around { get; }

    /// <summary>What workers inherit whose caller has no environment of its own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; } = AgentEnvironment.OfThisProcess();

    /// <summary>Whether it only waits for what goes on.</summary>
    public bool IsDraining { get; set; }

    /// <exception cref="RefusedException">The host is ending, or workers are switched off.</exception>
    public void CheckOpen()
    {
        if (_ended != 0)
        {
            throw new RefusedException(RefusalCode.ShuttingDown, "This host is ending and takes no more work.");
        }

        if (IsDraining)
        {
            throw new RefusedException(
                RefusalCode.ShuttingDown, "The daemon was told to end once its runs are over, and takes no more work. Try again when it has been started anew.");
        }

        if (!Settings.WorkersEnabled)
        {
            throw new RefusedException(RefusalCode.Disabled, "Workers are switched off (setting workers_enabled: false).");
        }
    }

    /// <summary>To be called for each worker that is made or comes back, before it is known.</summary>
    public void Remember(Worker worker)
    {
        lock (_remembering)
        {
            Seen = Seen.With(worker.Secrets);
        }
    }

    /// <summary>A write to the store on behalf of a caller.</summary>
    /// <exception cref="RefusedException">The store cannot take it.</exception>
    public static async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>A question to the store on behalf of a caller.</summary>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public static async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>What the store refuses is tried again until it is done: nobody waits for it who could be told, and it must not be lost.</summary>
    public async Task<T> StoredAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (e is StoreException or RefusedException { Code: RefusalCode.StoreUnavailable })
            {
                await Task.Delay(StorePause, Time, cancellationToken);
            }
        }
    }

    /// <summary>Ends the host. Runs that outlive it are left as they are; others are stopped, and nothing of them is left.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        if (Home.OutlivesHost)
        {
            // What is not settled now is settled by the next host, once.
            await _leaving.CancelAsync();
            await Around.Executor.Launches.CloseAsync(Time);
        }
        else
        {
            await Task.WhenAll(Registry.All.Select(worker => worker.CloseAsync(new(StopKind.OwnerEnded, "the host that owned the run ended"))));
        }

        _listening.Dispose();
        await Requests.DisposeAsync();
        await Settling.RetryAsync();
        await Home.DisposeAsync();
        await Gate.DisposeAsync();
        await Store.DisposeAsync();
        Budgets.Dispose();
        Meter.Dispose();
    }

    /// <summary>Whether a caller may know of a fact: an agent inside a run of its own workers and tasks, and of no queue and no schedule.</summary>
    public bool Sees(WorkerEvent fact, Caller caller) =>
        caller.ParentRun is null || (fact.Kind.IsOfWorker() ? Registry.TryFind(fact.WorkerId, caller) is not null : fact.Task?.ParentRun == caller.ParentRun);

    private void Launched(PromptRun run) => _ = NoteLaunchAsync(run);

    private async Task NoteLaunchAsync(PromptRun run)
    {
        try
        {
            await Store.Workers.LaunchedAsync(run.Identity.RunId, run.Started ?? Time.GetUtcNow());
        }
        catch (StoreException)
        {
            // The run directory says so too, and is what counts after a crash.
            Events.Activity(run.Identity.WorkerId, run.Identity.RunId, WorkerStatus.Running, run.Progress.Activity);
        }
    }

    private void OnRequest(WorkerRequest request)
    {
        if (request.RunId is { } runId && Live.Find(runId) is { } live)
        {
            live.Run.Holds.Note(request);
        }

        if (request is { Kind: RequestKind.Budget, State: RequestState.Allowed })
        {
            _ = GrantAsync(request);
        }
    }

    /// <summary>What one run may go on with, others may that wait for the same.</summary>
    private async Task GrantAsync(WorkerRequest granted)
    {
        try
        {
            await Budgets.GrantAsync(granted);
            foreach (var other in Requests.Pending.Where(request => request.Kind == RequestKind.Budget))
            {
                if (await Budgets.IsGrantedAsync(other, _leaving.Token))
                {
                    await Requests.AnswerAsync(other.RequestId, new RequestVerdict.Allow(), $"request {granted.RequestId}");
                }
            }
        }
        catch (Exception e) when (e is StoreException or RefusedException or OperationCanceledException)
        {
            // The run that asked grants it before it goes on; the others are asked for themselves.
            Notes.Add(new("budget", $"what was granted by {granted.RequestId} could not be noted for others: {e.Message}"));
        }
    }

    /// <summary>What is durable becomes visible, and only then it is told: who hears of a fact and looks finds it so.</summary>
    private void OnCommitted(IReadOnlyList<WorkerEvent> facts)
    {
        foreach (var fact in facts)
        {
            switch (fact.Kind)
            {
                case WorkerEventKind.Spawned:
                    Registry.Reveal(fact.WorkerId);
                    break;
                case WorkerEventKind.Closed:
                    Registry.Remove(fact.WorkerId);
                    break;
                case WorkerEventKind.Settled:
                    Live.Find(fact.RunId!)?.Run.Committed?.Invoke();
                    break;
            }
        }

        Events.Publish(facts);
    }
}
