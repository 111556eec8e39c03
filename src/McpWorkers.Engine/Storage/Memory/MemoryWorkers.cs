using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
internal sealed class MemoryWorkers : IWorkerStore
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, MemoryWorker> _workers = [];
    private readonly OrderedDictionary<string, StoredRun> _runs = [];
    private readonly MemoryFacts _facts = new();

    public MemoryWorkers() => History = new(_lock, _facts, id => _workers.GetValueOrDefault(id)?.Stored.WorkerType ?? _facts.TypeOf(id));

    public MemoryHistory History { get; }

    public Action<IReadOnlyList<WorkerEvent>>? Committed { get; set; }

    public Task<StoreContents> LoadAsync(CancellationToken cancellationToken) => Locked(() => new StoreContents(
        [.. _workers.Values.Where(worker => !worker.Closed).Select(worker => worker.Stored with { LastRun = Copy(Find(worker.LastRun)) })],
        [.. _runs.Values.Where(run => run.State != RunState.Settled)],
        _facts.Last));

    public Task AddWorkersAsync(IReadOnlyList<StoredWorker> workers) => Locked(() =>
    {
        CheckNew(workers.Select(worker => worker.WorkerId), _workers.ContainsKey);
        foreach (var worker in workers)
        {
            _workers.Add(worker.WorkerId, new(worker with { LastRun = null }));
        }

        Tell(workers.Select(Facts.Spawned));
    });

    public Task AcceptAsync(IReadOnlyList<StoredRun> runs) => Locked(() =>
    {
        CheckNew(runs.Select(run => run.RunId), _runs.ContainsKey);
        foreach (var run in runs)
        {
            _runs.Add(run.RunId, run with { State = RunState.Accepted, Result = null, Settled = null, Collected = null });
            History.Accept(run, _workers.GetValueOrDefault(run.WorkerId)?.Stored);
        }

        Tell(runs.Select(Facts.Queued));
    });

    public Task LaunchedAsync(string runId, DateTimeOffset at) => Locked(() =>
    {
        if (Find(runId) is { State: RunState.Accepted } run)
        {
            _runs[runId] = run with { State = RunState.Launched, Prompt = null };
            History.Launch(runId, at);
            Tell([Facts.Started(run.WorkerId, runId, at)]);
        }
    });

    public Task<bool> SettleAsync(SettledRun run) => Locked(() =>
    {
        if (Find(run.RunId) is not { State: not RunState.Settled } known)
        {
            return false;
        }

        // The end of one that went on may be noted after that of the one that did.
        var collected = Find(run.Result["metadata"]?["continued_by"]?.GetValue<string>())?.Collected;
        _runs[run.RunId] = known with { State = RunState.Settled, Prompt = null, Result = (JsonObject)run.Result.DeepClone(), Settled = run.At, Collected = collected };
        if (_workers.TryGetValue(run.WorkerId, out var worker))
        {
            worker.MoveOn(run);
        }

        History.Settle(run);

        Tell([Facts.Settled(run)]);
        return true;
    });

    public Task CollectedAsync(IReadOnlyList<string> runIds, DateTimeOffset at) => Locked(() =>
    {
        foreach (string runId in runIds)
        {
            HashSet<string> seen = [];
            for (var run = Find(runId); run is not null && seen.Add(run.RunId); run = Find(run.Continues))
            {
                if (run is { State: RunState.Settled, Collected: null })
                {
                    _runs[run.RunId] = run with { Collected = at };
                }
            }
        }
    });

    public Task<bool> CloseAsync(string workerId, string why, DateTimeOffset at) => Locked(() =>
    {
        if (!_workers.TryGetValue(workerId, out var worker) || worker.Closed)
        {
            return false;
        }

        worker.Closed = true;
        Tell([Facts.Closed(workerId, worker.LastStatus, why, at)]);
        return true;
    });

    public Task<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken) => Locked(() => Copy(Find(runId)));

    public Task<IReadOnlyList<RetainedRun>> SettledRunsAsync(CancellationToken cancellationToken) => Locked<IReadOnlyList<RetainedRun>>(() =>
    [
        .. _runs.Values.Where(run => run.State == RunState.Settled).OrderBy(run => run.Settled).Select(run => new RetainedRun(
            run.RunId, run.WorkerId, run.Settled!.Value, run.Collected is not null,
            _workers.TryGetValue(run.WorkerId, out var worker) && !worker.Closed && worker.LastRun == run.RunId)),
    ]);

    public Task RemoveAsync(IReadOnlyList<string> runIds) => Locked(() =>
    {
        foreach (string runId in runIds.Where(runId => Find(runId)?.State == RunState.Settled))
        {
            _runs.Remove(runId);
            History.Remove(runId);
        }

        var needed = _runs.Values.Select(run => run.WorkerId).ToHashSet();
        foreach (string workerId in _workers.Where(worker => worker.Value.Closed && !needed.Contains(worker.Key)).Select(worker => worker.Key).ToList())
        {
            _workers.Remove(workerId);
        }
    });

    public Task AddFactAsync(WorkerEvent fact) => Locked(() => Tell([fact]));

    public Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken) => Locked(() => _facts.After(after, max));

    public Task RemoveEventsAsync(DateTimeOffset before) => Locked(() => _facts.Remove(before));

    /// <summary>Facts about what is kept elsewhere: they have their numbers from the same count.</summary>
    public void Add(IReadOnlyList<WorkerEvent> facts)
    {
        lock (_lock)
        {
            Tell(facts);
        }
    }

    private static void CheckNew(IEnumerable<string> ids, Func<string, bool> isKnown)
    {
        var seen = new HashSet<string>();
        foreach (string id in ids)
        {
            if (isKnown(id) || !seen.Add(id))
            {
                throw new ArgumentException($"The store holds something of that id already: {id}");
            }
        }
    }

    /// <summary>A result is a tree that can be changed: what is kept and what is handed out are never the same.</summary>
    private static StoredRun? Copy(StoredRun? run) =>
        run?.Result is null ? run : run with { Result = (JsonObject)run.Result.DeepClone() };

    private StoredRun? Find(string? runId) => runId is null ? null : _runs.GetValueOrDefault(runId);

    private void Tell(IEnumerable<WorkerEvent> facts)
    {
        var numbered = _facts.Add(facts);
        if (numbered.Count > 0)
        {
            Committed?.Invoke(numbered);
        }
    }

    private Task<bool> Locked(Action work) => Locked(() =>
    {
        work();
        return true;
    });

    /// <summary>Failures are the task's, as with a store that works elsewhere.</summary>
    private Task<T> Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            try
            {
                return Task.FromResult(work());
            }
            catch (ArgumentException e)
            {
                return Task.FromException<T>(e);
            }
        }
    }
}
