using System.Collections.Concurrent;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>The workers that there are, by id.</summary>
internal sealed class WorkerRegistry(int workersMax)
{
    private const int NamedMax = 20;

    private readonly ConcurrentDictionary<string, Worker> _workers = new();
    private readonly Lock _adding = new();

    public IEnumerable<Worker> All => _workers.Values;

    public IReadOnlyList<string> Ids => [.. _workers.Keys];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<WorkerSnapshot> Snapshots() =>
        [.. _workers.Values.Select(worker => worker.Snapshot()).OrderBy(worker => worker.Created).ThenBy(worker => worker.WorkerId, StringComparer.Ordinal)];

    /// <summary>Adds so many workers, or none.</summary>
    /// <exception cref="RefusedException">There would be too many.</exception>
    public IReadOnlyList<string> Add(int count, Func<Worker> make)
    {
        lock (_adding)
        {
            if (_workers.Count + count > workersMax)
            {
                throw new RefusedException(
                    RefusalCode.LimitReached,
                    $"There are {_workers.Count} workers and {count} more would pass the limit of {workersMax} (setting max_workers). "
                    + "Close some with worker_close first.");
            }

            var ids = new List<string>(count);
            for (int i = 0; i < count; i++)
            {
                var worker = make();
                _workers[worker.Id] = worker;
                ids.Add(worker.Id);
            }

            return ids;
        }
    }

    public Worker? TryFind(string id) => _workers.GetValueOrDefault(id);

    /// <exception cref="RefusedException">There is none of that id; the message names those that there are.</exception>
    public Worker Find(string id) => TryFind(id) ?? throw new RefusedException(RefusalCode.NotFound, Unknown(id));

    /// <summary>Each once, in the order given; null gives all, oldest first.</summary>
    /// <exception cref="RefusedException">One of them is not known.</exception>
    public IReadOnlyList<Worker> Find(IReadOnlyList<string>? ids) => ids is null
        ? [.. Snapshots().Select(worker => TryFind(worker.WorkerId)).OfType<Worker>()]
        : [.. ids.Distinct().Select(Find)];

    /// <summary>False where it was gone already.</summary>
    public bool Remove(string id) => _workers.TryRemove(id, out _);

    public string Unknown(string id)
    {
        var known = Snapshots().Take(NamedMax).Select(worker => worker.WorkerId).ToList();
        return $"Worker '{id}' is not known. "
            + (known.Count == 0 ? "There are no workers: spawn some with worker_spawn." : $"Known: {string.Join(", ", known)}.");
    }
}
