using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>A pool that is held: its breaker, and the probe that goes on.</summary>
/// <param name="Probe">The run that probes; null for none.</param>
/// <param name="ProbeSince">When it was chosen, and when it began once it has.</param>
/// <param name="IsBegun">False while it still waits for a place among the runs that go on.</param>
internal sealed record PoolState(Breaker Breaker, string? Probe = null, DateTimeOffset ProbeSince = default, bool IsBegun = false)
{
    /// <summary>One that has no place so long after it was chosen stands in nobody's way who has one.</summary>
    public static readonly TimeSpan PlacePatience = TimeSpan.FromSeconds(5);

    /// <summary>A probe that the service has not answered for so long stands in nobody's way any more.</summary>
    public static readonly TimeSpan ProbeMax = TimeSpan.FromMinutes(10);

    public PoolStand At(DateTimeOffset now) =>
        Probe is not null && now < ProbeSince + ProbeMax ? PoolStand.Probing
        : now < Breaker.Until ? PoolStand.Open
        : PoolStand.Due;

    /// <summary>Whether a run that has all else may begin.</summary>
    public bool MayBegin(DateTimeOffset now) => At(now) switch
    {
        PoolStand.Due => true,
        PoolStand.Probing => !IsBegun && now >= ProbeSince + PlacePatience,
        _ => false,
    };

    /// <summary>When it may change by itself.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now) => At(now) switch
    {
        PoolStand.Probing => !IsBegun && now < ProbeSince + PlacePatience ? ProbeSince + PlacePatience : ProbeSince + ProbeMax,
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
