using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>Whether there is a schedule that is not paused, to be asked at any moment without the store.</summary>
internal sealed class EnabledSchedules(IScheduleStore store)
{
    private volatile bool _any;

    public bool Any => _any;

    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task<bool> CountAsync(CancellationToken cancellationToken) =>
        _any = (await store.ListAsync(cancellationToken)).Any(schedule => schedule.Paused is null);
}
