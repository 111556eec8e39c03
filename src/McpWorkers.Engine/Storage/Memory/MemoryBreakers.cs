using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="tell">Takes the facts.</param>
internal sealed class MemoryBreakers(Action<IReadOnlyList<WorkerEvent>> tell) : IBreakerStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Breaker> _breakers = new(StringComparer.Ordinal);

    public Task SaveAsync(Breaker breaker, WorkerEvent? fact = null)
    {
        ArgumentNullException.ThrowIfNull(breaker);
        lock (_lock)
        {
            _breakers[breaker.Pool] = breaker;
            Tell(fact);
        }

        return Task.CompletedTask;
    }

    public Task RemoveAsync(string pool, WorkerEvent? fact = null)
    {
        lock (_lock)
        {
            if (_breakers.Remove(pool))
            {
                Tell(fact);
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Breaker>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Breaker>>([.. _breakers.Values]);
        }
    }

    private void Tell(WorkerEvent? fact)
    {
        if (fact is not null)
        {
            tell([fact]);
        }
    }
}
