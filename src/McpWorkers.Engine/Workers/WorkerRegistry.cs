using System.Collections.Concurrent;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>The workers that there are, by id.</summary>
internal sealed class WorkerRegistry(int workersMax)
{
    private const int NamedMax = 20;

    private readonly ConcurrentDictionary<string, Worker> _workers = new();
    private readonly ConcurrentDictionary<string, Worker> _prepared = new();
    private readonly Lock _adding = new();

    public IEnumerable<Worker> All => _workers.Values;

    /// <summary>Whether there is room for one more.</summary>
    public bool HasRoom => _workers.Count + _prepared.Count < workersMax;

    /// <summary>Takes places for so many workers, or for none. They show once they are revealed.</summary>
    /// <exception cref="RefusedException">There would be too many.</exception>
    public void Prepare(IReadOnlyList<Worker> workers)
    {
        lock (_adding)
        {
            int there = _workers.Count + _prepared.Count;
            if (there + workers.Count > workersMax)
            {
                throw new RefusedException(
                    RefusalCode.LimitReached,
                    $"There are {there} workers and {workers.Count} more would pass the limit of {workersMax} (setting max_workers). "
                    + "Close some with worker_close first.");
            }

            foreach (var worker in workers)
            {
                _prepared[worker.Id] = worker;
            }
        }
    }

    /// <summary>Shows a worker that was prepared.</summary>
    public void Reveal(string id)
    {
        if (_prepared.TryRemove(id, out var worker))
        {
            _workers[id] = worker;
        }
    }

    /// <summary>Gives back the places of workers that came to nothing.</summary>
    public void Discard(IReadOnlyList<Worker> workers)
    {
        foreach (var worker in workers)
        {
            _prepared.TryRemove(worker.Id, out _);
        }
    }

    /// <summary>One that a host before this one had; it counts, and is not refused.</summary>
    public void Restore(Worker worker) => _workers[worker.Id] = worker;

    /// <param name="caller">Who asks: one from within a run sees only what was spawned there.</param>
    public Worker? TryFind(string id, Caller caller) => _workers.TryGetValue(id, out var worker) && IsVisible(worker, caller) ? worker : null;

    /// <exception cref="RefusedException">There is none of that id; the message names those that there are.</exception>
    public Worker Find(string id, Caller caller) => TryFind(id, caller) ?? throw new RefusedException(RefusalCode.NotFound, Unknown(id, caller));

    /// <summary>Each once, in the order given; null gives all, oldest first.</summary>
    /// <exception cref="RefusedException">One of them is not known.</exception>
    public IReadOnlyList<Worker> Find(IReadOnlyList<string>? ids, Caller caller) => ids is null
        ? [.. Snapshots(caller).Select(worker => TryFind(worker.WorkerId, caller)).OfType<Worker>()]
        : [.. ids.Distinct().Select(id => Find(id, caller))];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<WorkerSnapshot> Snapshots(Caller caller) =>
    [
        .. _workers.Values.Where(worker => IsVisible(worker, caller)).Select(worker => worker.Snapshot())
            .OrderBy(worker => worker.Created).ThenBy(worker => worker.WorkerId, StringComparer.Ordinal),
    ];

    public static bool IsVisible(Worker worker, Caller caller) => caller.ParentRun is null || worker.ParentRun == caller.ParentRun;

    /// <summary>False where it was gone already.</summary>
    public bool Remove(string id) => _workers.TryRemove(id, out _);

    public string Unknown(string id, Caller caller)
    {
        var known = Snapshots(caller).Take(NamedMax).Select(worker => worker.WorkerId).ToList();
        return $"Worker '{id}' is not known. "
            + (known.Count == 0 ? "There are no workers: spawn some with worker_spawn." : $"Known: {string.Join(", ", known)}.");
    }
}
