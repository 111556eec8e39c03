using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Quota;

/// <summary>Writes breakers down, one write after the other; what the store refuses is written again later. Nobody waits for it: a limit is met now.</summary>
internal sealed class BreakerKeeper(IBreakerStore store, HostNotes notes, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _lock = new();

    /// <summary>What is to be written of each pool; a breaker that is null is to be removed.</summary>
    private readonly Dictionary<string, (Breaker? Breaker, WorkerEvent? Fact)> _owed = [];
    private Task _writing = Task.CompletedTask;
    private bool _isRefused;

    public async Task<IReadOnlyList<Breaker>> LoadAsync(CancellationToken cancellationToken) => await store.ListAsync(cancellationToken);

    /// <param name="isNews">Whether it is told of.</param>
    public void Save(Breaker breaker, bool isNews, string runId)
    {
        string when = breaker.IsStated ? "until" : "to be probed at";
        string again = breaker.Probes > 0 ? "again " : "";
        Owe(breaker.Pool, breaker, isNews
            ? WorkerEvent.OfQueue(
                time.GetUtcNow(), WorkerEventKind.PoolParked, $"{breaker.Pool} {again}{when} {PoolHold.Time(breaker.Until)}: {breaker.Message}", runId)
            : null);
    }

    public void Remove(Breaker breaker, string runId) => Owe(
        breaker.Pool, null, WorkerEvent.OfQueue(time.GetUtcNow(), WorkerEventKind.PoolResumed, $"{breaker.Pool} is served again", runId));

    /// <summary>Tries again what the store has refused.</summary>
    public void Retry()
    {
        lock (_lock)
        {
            if (_isRefused)
            {
                _isRefused = false;
                _writing = WriteAsync(_writing);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task writing;
        lock (_lock)
        {
            writing = _writing;
        }

        await writing;
    }

    private void Owe(string pool, Breaker? breaker, WorkerEvent? fact)
    {
        lock (_lock)
        {
            // Of what is not written yet the last word counts; that it was held newly is told all the same.
            _owed[pool] = (breaker, fact ?? _owed.GetValueOrDefault(pool).Fact);
            _writing = WriteAsync(_writing);
        }
    }

    private async Task WriteAsync(Task before)
    {
        await before;

        // Whoever owes it holds a lock, and those who are told of facts must not be told under it.
        await Task.Yield();
        while (Next() is var (pool, breaker, fact))
        {
            try
            {
                await (breaker is null ? store.RemoveAsync(pool, fact) : store.SaveAsync(breaker, fact));
            }
            catch (StoreException e)
            {
                notes.Add(new("quota", $"that pool '{pool}' is {(breaker is null ? "served again" : "held")} could not be stored: {e.Message}", IsTrouble: true));
                lock (_lock)
                {
                    _owed.TryAdd(pool, (breaker, fact));
                    _isRefused = true;
                }

                return;
            }
        }
    }

    private (string Pool, Breaker? Breaker, WorkerEvent? Fact)? Next()
    {
        lock (_lock)
        {
            foreach (var (pool, owed) in _owed)
            {
                _owed.Remove(pool);
                return (pool, owed.Breaker, owed.Fact);
            }

            return null;
        }
    }
}
