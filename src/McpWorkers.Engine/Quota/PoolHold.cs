using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>A pool that is held, as every door shows it.</summary>
public sealed record PoolHold(Breaker Breaker, PoolStand Stand)
{
    public string Pool => Breaker.Pool;

    /// <summary>Whether a run that has all else may begin now.</summary>
    public bool MayBegin { get; init; }

    /// <summary>Why something of this pool waits, in one line.</summary>
    public string Text => Stand switch
    {
        PoolStand.Open => $"quota of {Pool} until {Time(Breaker.Until)} ({Breaker.Message})",
        PoolStand.Due => $"quota of {Pool}: the next run probes ({Breaker.Message})",
        PoolStand.Probing => $"quota of {Pool}: a probe goes on ({Breaker.Message})",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>The names of a stand on the wire.</summary>
public static class PoolStandNames
{
    public static string ToWire(this PoolStand stand) => stand switch
    {
        PoolStand.Open => "open",
        PoolStand.Due => "due",
        PoolStand.Probing => "probing",
        _ => throw new ArgumentOutOfRangeException(nameof(stand), stand, null),
    };
}
