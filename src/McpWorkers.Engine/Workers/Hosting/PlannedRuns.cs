using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// Runs whose ids were written down, and whose slots were taken, before they are begun: whoever planned one knows it again after a crash, and
/// whether it was begun.
/// </summary>
internal sealed class PlannedRuns(WorkerHost host, Spawning spawning, RunIntake intake, RunLookup lookup)
{
    public HostSettings Settings => host.Settings;

    public IDataStore Store => host.Store;

    public RunSlots Slots => host.Slots;

    /// <summary>Where runs wait whose pool gives no more.</summary>
    public PoolGate Gate => host.Gate;

    public RequestManager Requests => host.Requests;

    public TimeProvider Time => host.Time;

    public HostNotes Notes => host.Notes;

    /// <summary>What runs inherit of a caller without an environment of its own.</summary>
    public IReadOnlyDictionary<string, string> Environment => host.Environment;

    /// <summary>Where whatever outlives this host is kept; null where nothing does.</summary>
    public string? LastingDirectory => host.Home.OutlivesHost ? host.Settings.DataDirectory : null;

    /// <summary>Whether there may be one more worker.</summary>
    public bool HasRoom => host.Registry.HasRoom;

    /// <summary>Whether this host takes more work now.</summary>
    public bool TakesMore => !host.IsDraining && host.Settings.WorkersEnabled;

    public IReadOnlyList<string> WorkerIds => [.. host.Registry.All.Select(worker => worker.Id)];

    public bool HasWorker(string workerId) => host.Registry.TryFind(workerId, Caller.Owner) is not null;

    /// <summary>Null where there is no such worker.</summary>
    public string? TypeOfWorker(string workerId) => host.Registry.TryFind(workerId, Caller.Owner)?.Type.Name;

    /// <summary>The pool of workers of a type that are spawned with this environment; the type's own name where it is not known.</summary>
    public string PoolOf(string type, IReadOnlyDictionary<string, string> environment) =>
        host.Settings.WorkerTypes.FirstOrDefault(each => each.Name == type) is { } known && host.Types.FindAgent(known.Agent) is { } agent
            ? PoolKey.Of(known, agent.Probe, environment, host.Settings.EnvironmentDeny)
            : type;

    /// <summary>Why runs of a pool may spend nothing more today, where that was asked about already; null where they may.</summary>
    public string? Unaffordable(string pool) => host.Budgets.HeldWhy(
        pool, host.Settings.WorkerTypes.FirstOrDefault(type => type.Name == pool.Split('#')[0])?.PoolBudget ?? Budget.None);

    /// <summary>What whoever adds a task should know of its budgets, each in a sentence: that one cannot be held for such an agent, or may be overshot.</summary>
    /// <param name="type">Of the worker that would do it.</param>
    /// <param name="ofTask">What the task may spend.</param>
    public IReadOnlyList<string> BudgetWarnings(string type, string? model, Budget ofTask)
    {
        if (host.Settings.WorkerTypes.FirstOrDefault(each => each.Name == type) is not { } known || host.Types.FindAgent(known.Agent) is not { } agent)
        {
            return [];
        }

        var run = new BudgetedRun
        {
            RunId = "",
            WorkerId = "",
            WorkerType = type,
            Agent = agent.Name,
            Pool = type,
            Model = model ?? known.Model,
            Capabilities = agent.Capabilities,
            Budget = known.Budget,
            TaskBudget = ofTask,
            PoolBudget = known.PoolBudget,
        };
        return BudgetRules.Refusal(run, host.Settings.Budgets) is { } refusal ? [refusal] : BudgetRules.Warnings(run, host.Settings.Budgets);
    }

    /// <summary>What tasks that are added from within runs may ask for.</summary>
    public NestedBounds Nested { get; } = new(host);

    /// <summary>A caller from within a run that goes on with another one after an answer is the same as in that one.</summary>
    public Caller Known(Caller caller) => caller.ParentRun is { } run ? caller with { ParentRun = host.Live.FirstOf(run) } : caller;

    public bool IsGoingOn(string runId) => host.Live.FindLatest(runId) is not null;

    /// <exception cref="RefusedException">It is not known, or its agent is not.</exception>
    public void CheckType(string name)
    {
        if (host.Settings.WorkerTypes.All(type => type.Name != name))
        {
            throw new RefusedException(
                RefusalCode.UnknownType, $"Worker type '{name}' is not known. Known: {string.Join(", ", host.Settings.WorkerTypes.Select(type => type.Name))}.");
        }
    }

    /// <summary>The first of these types that can run in this environment; of an empty list the host's own choice.</summary>
    /// <param name="launcher">How it is to be started, where that is not the type's to say.</param>
    /// <exception cref="RefusedException">None of them can: why the first cannot.</exception>
    public string FirstInstalled(
        IReadOnlyList<string> types, IReadOnlyDictionary<string, string> environment, LauncherKind? launcher = null, string? image = null)
    {
        if (types.Count == 0)
        {
            return Resolved(null);
        }

        RefusedException? first = null;
        foreach (string name in types)
        {
            try
            {
                return Resolved(name);
            }
            catch (RefusedException refused)
            {
                first ??= refused;
            }
        }

        throw first!;

        string Resolved(string? name) => host.Types.Resolve(name, environment, type => Containers.LaunchChoice.Of(type, launcher, image)).Type.Name;
    }

    /// <summary>Makes a worker of this id whose runs share its place and no session.</summary>
    /// <exception cref="RefusedException">As for any other worker.</exception>
    public Task SpawnAsync(string workerId, SpawnRequest request, Caller caller) => spawning.SpawnAsync(request, caller, [workerId], isFresh: true);

    /// <summary>Whether a run of this id was ever accepted.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task<bool> IsKnownAsync(string runId, CancellationToken cancellationToken) =>
        host.Live.Find(runId) is not null || await host.Store.Workers.FindRunAsync(runId, cancellationToken) is not null;

    /// <summary>Begins a run. The slot is the run's from now on. Returns once it is stored.</summary>
    /// <exception cref="RefusedException">Its worker is gone, or it cannot be stored.</exception>
    public Task SubmitAsync(string workerId, string runId, string prompt, TimeSpan timeout, RunSlots.Slot slot, RunBudget budget)
    {
        host.CheckOpen();
        return intake.AcceptAsync(host.Registry.Find(workerId, Caller.Owner), runId, prompt, timeout, slot, budget);
    }

    /// <exception cref="RefusedException">It is not known; or this host leaves, and the run goes on (<see cref="RefusalCode.ShuttingDown"/>).</exception>
    public Task<WorkerResult> WaitAsync(string runId, CancellationToken cancellationToken) => lookup.WaitAsync(runId, Caller.Owner, cancellationToken);

    /// <summary>Its result has reached whoever waited for it.</summary>
    /// <param name="runId">Where it went on as another one, that one's result was the one.</param>
    public async Task CollectedAsync(string runId)
    {
        try
        {
            var run = await host.Store.Workers.FindRunAsync(runId, CancellationToken.None);
            while (run?.Result?["metadata"]?["continued_by"]?.GetValue<string>() is { } next)
            {
                runId = next;
                run = await host.Store.Workers.FindRunAsync(runId, CancellationToken.None);
            }
        }
        catch (StoreException)
        {
            // It is kept the longer.
        }

        await host.Settling.CollectedAsync([runId]);
    }

    /// <summary>Returns once nothing of it is left; at once where it does not go on.</summary>
    public Task StopAsync(string runId, string reason) => host.Live.StopAsync(runId, new(StopKind.Cancelled, reason));

    /// <summary>Closes a worker, its runs first; one that is gone is passed over. Where it cannot be closed now, a later look does it.</summary>
    public async Task CloseAsync(string workerId, string why)
    {
        if (host.Registry.TryFind(workerId, Caller.Owner) is { } worker)
        {
            await host.Closing.CloseQuietlyAsync(worker, why);
        }
    }
}
