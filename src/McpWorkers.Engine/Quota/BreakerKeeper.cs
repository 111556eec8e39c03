using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Quota;

/// <summary>
/// Writes breakers down, one write after the other; what the store refuses is written again later, however often. Nobody waits for it: a limit is met now.
/// </summary>
internal sealed class BreakerKeeper : IAsyncDisposable
{
    /// <summary>Before the store is asked again that has refused something.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly IBreakerStore _store;
    private readonly HostNotes _notes;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    /// <summary>What is to be written of each pool; a breaker that is null is to be removed.</summary>
    private readonly Dictionary<string, (Breaker? Breaker, WorkerEvent? Fact)> _owed = [];
    private Task _writing = Task.CompletedTask;
    private bool _isRefused;

    public BreakerKeeper(IBreakerStore store, HostNotes notes, TimeProvider time)
    {
        _store = store;
        _notes = notes;
        _time = time;
        _timer = time.CreateTimer(_ => WriteOn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task<IReadOnlyList<Breaker>> LoadAsync(CancellationToken cancellationToken) => await _store.ListAsync(cancellationToken);

    /// <param name="isNews">Whether it is told of.</param>
    public void Save(Breaker breaker, bool isNews, string runId)
    {
        string when = breaker.IsStated ? "until" : "to be probed at";
        string again = breaker.Probes > 0 ? "again " : "";
        Owe(breaker.Pool, breaker, isNews
            ? WorkerEvent.OfQueue(
                _time.GetUtcNow(), WorkerEventKind.PoolParked, $"{breaker.Pool} {again}{when} {PoolHold.Time(breaker.Until)}: {breaker.Message}", runId)
            : null);
    }

    public void Remove(Breaker breaker, string runId) => Owe(
        breaker.Pool, null, WorkerEvent.OfQueue(_time.GetUtcNow(), WorkerEventKind.PoolResumed, $"{breaker.Pool} is served again", runId));

    /// <summary>What is still owed is tried once more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        WriteOn();
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
        }

        WriteOn();
    }

    private void WriteOn()
    {
        lock (_lock)
        {
            if (_owed.Count > 0)
            {
                _writing = WriteAsync(_writing);
            }
        }
    }

    /// <summary>Never throws: whoever writes next waits for it.</summary>
    private async Task WriteAsync(Task before)
    {
        await before;

        // Whoever owes it holds a lock, and those who are told of facts must not be told under it.
        await Task.Yield();
        while (Next() is var (pool, breaker, fact))
        {
            try
            {
                await (breaker is null ? _store.RemoveAsync(pool, fact) : _store.SaveAsync(breaker, fact));
                _isRefused = false;
            }
#pragma warning disable CA1031 // Whatever a store throws: one that is lost here would leave a pool held, or open, after a restart.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Refused(pool, breaker, fact, e.Message);
                return;
            }
        }
    }

    private void Refused(string pool, Breaker? breaker, WorkerEvent? fact, string why)
    {
        lock (_lock)
        {
            if (!_owed.TryAdd(pool, (breaker, fact)) && _owed[pool] is { Fact: null } later)
            {
                _owed[pool] = later with { Fact = fact };
            }
        }

        if (!_isRefused)
        {
            _isRefused = true;
            _notes.Add(new("quota", $"that pool '{pool}' is {(breaker is null ? "served again" : "held")} could not be stored, and is tried again: {why}", IsTrouble: true));
        }

        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
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
