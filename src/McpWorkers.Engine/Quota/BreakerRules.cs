using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>What becomes of a pool's breaker. Pure: no clock, no store, no dice of its own.</summary>
internal static class BreakerRules
{
    private const double JitterPart = 0.1;
    private static readonly TimeSpan JitterMax = TimeSpan.FromSeconds(60);

    /// <summary>A run has met the limit.</summary>
    /// <param name="state">Null for a pool that was not held.</param>
    /// <param name="run">Which run, and when it was launched.</param>
    /// <param name="at">When it met it.</param>
    /// <param name="dice">0 to 1: pools that were told the same time do not all come back in that second.</param>
    public static PoolState Limited(
        PoolState? state, string pool, (string RunId, DateTimeOffset? Started) run, LimitSeen seen, DateTimeOffset at, IReadOnlyList<TimeSpan> delays, double dice)
    {
        if (state is null)
        {
            var first = new Breaker { Pool = pool, Opened = at, Until = at + delays[0], Signal = seen.Signal, Message = seen.Message };
            return new(seen.ResetsAt is { } reset ? first with { Until = WithJitter(reset, at, dice), IsStated = true } : first);
        }

        var known = state.Breaker;
        if (IsProbe(state, run))
        {
            var delay = delays[Math.Min(known.Probes + 1, delays.Count - 1)];
            var until = seen.ResetsAt is { } reset ? WithJitter(reset, at, dice) : at + delay;
            if (seen.ResetsAt is not null && known is { IsStated: true, Probes: > 0 } && until < at + delays[0])
            {
                // A service that says "in a second" time after time is not asked every second.
                until = at + delays[0];
            }

            return new(known with { Until = until, IsStated = seen.ResetsAt is not null, Probes = known.Probes + 1, Signal = seen.Signal, Message = seen.Message });
        }

        // Of a run that had begun before: it may know better when the limit ends, and says nothing about the probe.
        return seen.ResetsAt is { } stated && stated > at && (!known.IsStated || stated > known.Until)
            ? state with { Breaker = known with { Until = WithJitter(stated, at, dice), IsStated = true, Signal = seen.Signal, Message = seen.Message } }
            : state;
    }

    /// <summary>The service has answered a run.</summary>
    /// <returns>Null: the pool is held no more.</returns>
    public static PoolState? Served(PoolState state, (string RunId, DateTimeOffset? Started) run) => IsProbe(state, run) ? null : state;

    /// <summary>A run is over, and says nothing about the service: where it was the probe, another one may be.</summary>
    public static PoolState Over(PoolState state, string runId) => state.Probe == runId ? state with { Probe = null, IsBegun = false } : state;

    /// <summary>One that was begun after the limit's end: also after a restart, when nobody knows who was to probe.</summary>
    private static bool IsProbe(PoolState state, (string RunId, DateTimeOffset? Started) run) =>
        state.Probe == run.RunId || run.Started >= state.Breaker.Until;

    private static DateTimeOffset WithJitter(DateTimeOffset reset, DateTimeOffset at, double dice)
    {
        var part = (reset - at) * JitterPart * Math.Clamp(dice, 0, 1);
        return reset + (part < TimeSpan.Zero ? TimeSpan.Zero : part > JitterMax ? JitterMax : part);
    }
}
