using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Quota;

/// <summary>
/// Where runs wait whose pool gives no more. When a pool's time has come one run passes and probes; when that was answered all others follow, in order of
/// arrival. Survives the host: what is held stands in the store.
/// </summary>
internal sealed class PoolGate : IAsyncDisposable
{
    /// <summary>At the latest it looks then: a wall clock that is set, or a machine that slept, tells no timer.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly PoolStates _pools = new();
    private readonly PoolLines _lines = new();
    private readonly BreakerKeeper _keeper;
    private readonly QuotaSettings _settings;
    private readonly TimeProvider _time;
    private readonly Func<double> _dice;
    private readonly ITimer _timer;
    private IReadOnlySet<string> _held = PoolStates.NoneHeld;
    private long _tickets;

    /// <param name="dice">0 to 1; null for chance.</param>
    public PoolGate(QuotaSettings settings, IBreakerStore store, HostNotes notes, TimeProvider time, Func<double>? dice = null)
    {
        _settings = settings;
        _time = time;
        _dice = dice ?? Random.Shared.NextDouble;
        _keeper = new BreakerKeeper(store, notes, time);
        Signals = new SignalTable(settings.Signals, time.LocalTimeZone);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public SignalTable Signals { get; }

    /// <summary>Runs that wait until something of their pool may begin.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _lines.Count;
            }
        }
    }

    /// <summary>How long an agent may try again by itself.</summary>
    public TimeSpan Patience => _settings.Patience;

    /// <summary>Told, not under any lock of this, when other pools are held than before, or one may probe.</summary>
    public Action? Changed { get; set; }

    /// <summary>Told of each pool that is held newly. Must be quick and must not throw.</summary>
    public Action<Breaker>? Opened { get; set; }

    /// <summary>The pools of which nothing may begin now. Changes by time alone too: ask anew.</summary>
    public IReadOnlySet<string> Held
    {
        get
        {
            lock (_lock)
            {
                return _pools.Held(_time.GetUtcNow());
            }
        }
    }

    /// <summary>All that are held, by name.</summary>
    public IReadOnlyList<PoolHold> Holds
    {
        get
        {
            lock (_lock)
            {
                return _pools.Holds(_time.GetUtcNow());
            }
        }
    }

    /// <summary>What an earlier host left. Before anything begins.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var left = await _keeper.LoadAsync(cancellationToken);
        lock (_lock)
        {
            foreach (var breaker in left.Where(breaker => _pools.Find(breaker.Pool) is null))
            {
                _pools.Put(new PoolState(breaker));
            }
        }

        Look();
    }

    /// <summary>Null for a pool that is not held.</summary>
    public PoolHold? HoldOf(string pool)
    {
        lock (_lock)
        {
            return _pools.HoldOf(pool, _time.GetUtcNow());
        }
    }

    /// <summary>Nothing of a pool that is held begins until <see cref="GoOn"/>: it may have a probe, which is taken up later than this.</summary>
    public void StandStill()
    {
        lock (_lock)
        {
            _pools.IsStanding = true;
        }
    }

    /// <summary>A run that an earlier host had launched goes on. One that began after the limit's end is the probe.</summary>
    public void TakeUp(string pool, string runId, DateTimeOffset? started)
    {
        lock (_lock)
        {
            _pools.TakeUp(pool, runId, started, _time.GetUtcNow());
        }
    }

    /// <summary>Ends <see cref="StandStill"/>.</summary>
    public void GoOn()
    {
        lock (_lock)
        {
            _pools.IsStanding = false;
        }

        Look(isChanged: true);
    }

    /// <summary>A place in the order of arrival.</summary>
    public long NextTicket() => Interlocked.Increment(ref _tickets);

    /// <summary>Waits until a run of this pool may pass, and takes what comes then, in order of arrival: at once where nothing is held.</summary>
    /// <param name="ticket">Of <see cref="NextTicket"/>, when it came.</param>
    /// <param name="take">Quick: what it waits for is in the task.</param>
    public async Task<T> PassAsync<T>(string pool, string runId, long ticket, Func<Task<T>> take, CancellationToken stop)
    {
        Task<T>? taken = null;
        var waiter = new PoolWaiter(runId, () => taken = take());
        lock (_lock)
        {
            if (_pools.TryPass(pool, runId, isFirst: !_lines.Has(pool), _time.GetUtcNow()))
            {
                waiter.Pass();
            }
            else
            {
                stop.ThrowIfCancellationRequested();
                _lines.Add(pool, ticket, waiter);
            }
        }

        if (!waiter.Passed.IsCompleted)
        {
            Look();
            await using var stopped = stop.Register(() => Leave(pool, ticket, stop));
            await waiter.Passed;
        }

        return await taken!;
    }

    /// <summary>Whether a run that has all else may begin now. True makes it the probe where the pool is due.</summary>
    public bool TryBegin(string pool, string runId)
    {
        lock (_lock)
        {
            bool begins = _pools.TryBegin(pool, runId, _time.GetUtcNow());
            Arm();
            return begins;
        }
    }

    /// <summary>A run has met its service's limit.</summary>
    /// <param name="run">Which one, and when it was launched.</param>
    /// <param name="at">When it met it.</param>
    public void Limited(string pool, (string RunId, DateTimeOffset? Started) run, LimitSeen seen, DateTimeOffset at)
    {
        Breaker? opened = null;
        lock (_lock)
        {
            var before = _pools.Find(pool);
            var after = BreakerRules.Limited(before, pool, run, seen, at, _settings.Probes, _dice());
            if (after == before)
            {
                return;
            }

            _pools.Put(after);
            opened = before is null ? after.Breaker : null;
            _keeper.Save(after.Breaker, isNews: before is null || before.Breaker.Probes != after.Breaker.Probes, run.RunId);
        }

        if (opened is not null)
        {
            Opened?.Invoke(opened);
        }

        Look(isChanged: true);
    }

    /// <summary>The service has answered a run.</summary>
    public void Served(string pool, (string RunId, DateTimeOffset? Started) run)
    {
        lock (_lock)
        {
            if (_pools.Find(pool) is not { } state || BreakerRules.Served(state, run) is not null)
            {
                return;
            }

            _pools.Remove(pool);
            _keeper.Remove(state.Breaker, run.RunId);

            // Under the lock: nobody who comes later can step in between.
            foreach (var waiter in _lines.TakeAll(pool))
            {
                waiter.Pass();
            }
        }

        Look(isChanged: true);
    }

    /// <summary>A run is over, or was not begun at all: where it was to probe, another one may. To be called for each that was let begin.</summary>
    public void Over(string pool, string runId)
    {
        lock (_lock)
        {
            if (_pools.Find(pool) is not { } state || state.Probe != runId)
            {
                return;
            }

            _pools.Put(BreakerRules.Over(state, runId));
        }

        Look(isChanged: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _keeper.DisposeAsync();
    }

    /// <summary>Lets the first of each pool that is due probe, and sees when to look again.</summary>
    private void Look(bool isChanged = false)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            foreach (string pool in _pools.Due(now))
            {
                if (_lines.TakeFirst(pool) is { } first)
                {
                    _pools.Choose(pool, first.RunId, now);
                    first.Pass();
                }
            }

            var held = _pools.Held(now);
            isChanged |= !held.SetEquals(_held);
            _held = held;
            Arm();
        }

        if (isChanged)
        {
            Changed?.Invoke();
        }
    }

    private void Leave(string pool, long ticket, CancellationToken stop)
    {
        PoolWaiter? left;
        lock (_lock)
        {
            left = _lines.Take(pool, ticket);
        }

        // One that has passed meanwhile is stopped by what it took.
        left?.Leave(stop);
    }

    private void Arm()
    {
        if (_pools.IsEmpty)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var now = _time.GetUtcNow();
        var next = _pools.NextAt(now);
        var until = next == DateTimeOffset.MaxValue || next - now > LookMax ? LookMax : next - now;
        _timer.Change(until, Timeout.InfiniteTimeSpan);
    }
}
