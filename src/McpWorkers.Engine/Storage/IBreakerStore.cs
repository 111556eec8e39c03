using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>The pools that give no more for a while. One without a row is closed. A fact is added in the same transaction as what it tells of.</summary>
public interface IBreakerStore
{
    /// <summary>Opens a pool's breaker, or changes one that is open.</summary>
    Task SaveAsync(Breaker breaker, WorkerEvent? fact = null);

    /// <summary>Closes it; nothing happens where it is not open.</summary>
    Task RemoveAsync(string pool, WorkerEvent? fact = null);

    /// <summary>All that are open, by the names of their pools.</summary>
    Task<IReadOnlyList<Breaker>> ListAsync(CancellationToken cancellationToken);
}
