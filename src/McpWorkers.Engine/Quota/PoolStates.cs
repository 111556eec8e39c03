namespace McpWorkers.Engine.Quota;

/// <summary>The pools that are held, and who may begin in spite of that. For one thread at a time; a pool that is not here is not held.</summary>
internal sealed class PoolStates
{
    private readonly Dictionary<string, PoolState> _pools = [];

    public static IReadOnlySet<string> NoneHeld { get; } = new HashSet<string>();

    /// <summary>Nothing of a pool that is held may begin, whatever its time.</summary>
    public bool IsStanding { get; set; }

    public bool IsEmpty => _pools.Count == 0;

    public PoolState? Find(string pool) => _pools.GetValueOrDefault(pool);

    public void Put(PoolState state) => _pools[state.Breaker.Pool] = state;

    public void Remove(string pool) => _pools.Remove(pool);

    /// <summary>Those of which nothing may begin.</summary>
    public IReadOnlySet<string> Held(DateTimeOffset now) =>
        _pools.Count == 0 ? NoneHeld : _pools.Where(each => IsStanding || !each.Value.MayBegin(now)).Select(each => each.Key).ToHashSet();

    /// <summary>Those for which a probe is to be chosen.</summary>
    public IReadOnlyList<string> Due(DateTimeOffset now) => IsStanding ? [] : [.. _pools.Where(each => each.Value.At(now) == PoolStand.Due).Select(each => each.Key)];

    public PoolHold? HoldOf(string pool, DateTimeOffset now) => Find(pool) is { } state ? HoldOf(state, now) : null;

    /// <summary>All, by name.</summary>
    public IReadOnlyList<PoolHold> Holds(DateTimeOffset now) => [.. _pools.Values.Select(state => HoldOf(state, now)).OrderBy(hold => hold.Pool, StringComparer.Ordinal)];

    /// <summary>When one of them may change by itself.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now) => _pools.Values.Min(state => state.NextAt(now));

    /// <summary>It probes as soon as it has a place.</summary>
    public void Choose(string pool, string runId, DateTimeOffset now) => _pools[pool] = _pools[pool] with { Probe = runId, ProbeSince = now, IsBegun = false };

    /// <summary>Whether one that just came may look for a place. True makes it the probe where the pool is held.</summary>
    public bool TryPass(string pool, string runId, bool isFirst, DateTimeOffset now)
    {
        if (Find(pool) is not { } state)
        {
            return true;
        }

        if (IsStanding || !isFirst || state.At(now) != PoolStand.Due)
        {
            return false;
        }

        Choose(pool, runId, now);
        return true;
    }

    /// <summary>It has its place. True makes it the probe where the pool is held.</summary>
    public bool TryBegin(string pool, string runId, DateTimeOffset now)
    {
        if (Find(pool) is not { } state)
        {
            return true;
        }

        if (IsStanding || (state.Probe != runId && !state.MayBegin(now)))
        {
            return false;
        }

        _pools[pool] = state with { Probe = runId, ProbeSince = now, IsBegun = true };
        return true;
    }

    /// <summary>A run that an earlier host had launched. One that began after the limit's end is the probe.</summary>
    public void TakeUp(string pool, string runId, DateTimeOffset? started, DateTimeOffset now)
    {
        if (Find(pool) is { Probe: null } state && started >= state.Breaker.Until)
        {
            _pools[pool] = state with { Probe = runId, ProbeSince = now, IsBegun = true };
        }
    }

    private PoolHold HoldOf(PoolState state, DateTimeOffset now) => new(state.Breaker, state.At(now)) { MayBegin = !IsStanding && state.MayBegin(now) };
}
