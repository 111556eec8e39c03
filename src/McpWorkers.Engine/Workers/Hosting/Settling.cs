using System.Collections.Concurrent;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// Makes the ends of runs durable. Where the store cannot take one, as with a full disk, the run is over all the same: its result is in our
/// hands and in its run directory; the store is told as soon as it listens.
/// </summary>
internal sealed class Settling(IWorkerStore store, TimeProvider time)
{
    private readonly ConcurrentQueue<SettledRun> _owed = new();

    /// <summary>How many ends the store has not taken yet.</summary>
    public int Owed => _owed.Count;

    /// <returns>Null; or a warning for the result, where the store could not take it yet.</returns>
    public async Task<string?> SettleAsync(SettledRun run)
    {
        try
        {
            await store.SettleAsync(run);
            return null;
        }
        catch (StoreException e)
        {
            _owed.Enqueue(run);
            return $"The end of this run could not be recorded yet, and is kept in its run directory until it can: {e.Message}";
        }
    }

    /// <summary>Tries again what is owed. Returns at the first that fails.</summary>
    public async Task RetryAsync()
    {
        while (_owed.TryPeek(out var run))
        {
            try
            {
                await store.SettleAsync(run);
            }
            catch (StoreException)
            {
                return;
            }

            _owed.TryDequeue(out _);
        }
    }

    /// <summary>Notes that these results were handed out. Where that cannot be noted, they are kept the longer.</summary>
    public async Task CollectedAsync(IReadOnlyList<string> runIds)
    {
        try
        {
            await store.CollectedAsync(runIds, time.GetUtcNow());
        }
        catch (StoreException)
        {
            // Only retention looks at it, and it errs on the side of keeping.
        }
    }
}
