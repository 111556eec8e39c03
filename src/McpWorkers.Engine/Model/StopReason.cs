namespace McpWorkers.Engine.Model;

/// <summary>Why a run was stopped from outside. The first recorded reason is the one that counts.</summary>
public enum StopKind
{
    Cancelled,
    WallClock,
    NoFirstOutput,
    Silence,

    /// <summary>Still alive long after its final result, with no work open.</summary>
    AfterResult,

    OutputBytes,

    /// <summary>It used more of the machine than it may: see <see cref="StopReason.Reached"/>.</summary>
    Resource,

    /// <summary>The agent's stream says that the request cannot succeed, while the agent goes on retrying.</summary>
    Hopeless,

    /// <summary>Its service gives no more for a while, and the agent went on trying.</summary>
    RateLimited,

    /// <summary>What may be spent is spent.</summary>
    Budget,

    /// <summary>The process that owned the run ended.</summary>
    OwnerEnded,
}

/// <param name="Kind">The case.</param>
/// <param name="Detail">A sentence for a person; never null, may be empty.</param>
/// <param name="Limit">The bound that was reached, for the kinds that are bounds in time.</param>
/// <param name="Reached">For <see cref="StopKind.Resource"/>.</param>
public sealed record StopReason(StopKind Kind, string Detail, TimeSpan? Limit = null, LimitReached? Reached = null);
