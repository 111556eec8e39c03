namespace McpWorkers.Engine.Quota;

/// <summary>Runs that wait until something of their pool may begin, for each pool in order of arrival. For one thread at a time.</summary>
internal sealed class PoolLines
{
    private readonly Dictionary<string, SortedDictionary<long, PoolWaiter>> _lines = [];

    public int Count => _lines.Values.Sum(line => line.Count);

    public bool Has(string pool) => _lines.GetValueOrDefault(pool) is { Count: > 0 };

    public void Add(string pool, long ticket, PoolWaiter waiter)
    {
        if (!_lines.TryGetValue(pool, out var line))
        {
            _lines.Add(pool, line = []);
        }

        line.Add(ticket, waiter);
    }

    /// <summary>Null where nobody waits.</summary>
    public PoolWaiter? TakeFirst(string pool) => Has(pool) ? Take(pool, _lines[pool].First().Key) : null;

    /// <summary>Null for one that has passed, or left.</summary>
    public PoolWaiter? Take(string pool, long ticket)
    {
        PoolWaiter? taken = null;
        _lines.GetValueOrDefault(pool)?.Remove(ticket, out taken);
        return taken;
    }

    public IReadOnlyCollection<PoolWaiter> TakeAll(string pool) => _lines.Remove(pool, out var line) ? line.Values : [];
}

/// <summary>One of them.</summary>
/// <param name="take">Told when it passes. Quick.</param>
internal sealed class PoolWaiter(string runId, Action take)
{
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string RunId => runId;

    public Task Passed => _passed.Task;

    public void Pass()
    {
        take();
        _passed.TrySetResult();
    }

    public void Leave(CancellationToken stop) => _passed.TrySetCanceled(stop);
}
