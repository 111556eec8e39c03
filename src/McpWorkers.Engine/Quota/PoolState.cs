using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>A pool that is held: its breaker, and the probe that goes on.</summary>
/// <param name="Probe">The run that probes; null for none.</param>
/// <param name="ProbeSince">When it began.</param>
internal sealed record PoolState(Breaker Breaker, string? Probe = null, DateTimeOffset ProbeSince = default)
{
    /// <summary>A probe of which nothing was heard for so long stands in nobody's way any more.</summary>
    public static readonly TimeSpan ProbeMax = TimeSpan.FromMinutes(10);

    public PoolStand At(DateTimeOffset now) =>
        Probe is not null && now < ProbeSince + ProbeMax ? PoolStand.Probing
        : now < Breaker.Until ? PoolStand.Open
        : PoolStand.Due;

    /// <summary>When it may change by itself.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now) => At(now) switch
    {
        PoolStand.Probing => ProbeSince + ProbeMax,
        PoolStand.Open => Breaker.Until,
        _ => DateTimeOffset.MaxValue,
    };
}

/// <summary>How a pool that is held stands.</summary>
public enum PoolStand
{
    /// <summary>Nothing may begin.</summary>
    Open,

    /// <summary>One run may begin, as the probe.</summary>
    Due,

    /// <summary>The probe goes on; nothing else may begin.</summary>
    Probing,
}
