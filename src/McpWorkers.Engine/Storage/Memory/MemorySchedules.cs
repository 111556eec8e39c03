using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="tell">Takes the facts.</param>
internal sealed class MemorySchedules(Action<IReadOnlyList<WorkerEvent>> tell) : IScheduleStore
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Schedule> _schedules = [];

    public Task<bool> AddAsync(Schedule schedule)
    {
        lock (_lock)
        {
            bool isFree = Find(schedule.Name) is null && Find(schedule.ScheduleId) is null;
            return Task.FromResult(isFree && _schedules.TryAdd(schedule.ScheduleId, schedule));
        }
    }

    public Task<Schedule?> FindAsync(string idOrName, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Find(idOrName));
        }
    }

    public Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Schedule>>([.. _schedules.Values]);
        }
    }

    public Task<bool> ChangeAsync(Schedule schedule, WorkerEvent? fact = null)
    {
        lock (_lock)
        {
            bool isNext = _schedules.TryGetValue(schedule.ScheduleId, out var row) && row.Revision == schedule.Revision - 1;
            if (isNext)
            {
                _schedules[schedule.ScheduleId] = schedule with { Name = row!.Name, Cron = row.Cron, TimeZone = row.TimeZone, Work = row.Work, Created = row.Created };
                if (fact is not null)
                {
                    tell([fact]);
                }
            }

            return Task.FromResult(isNext);
        }
    }

    public Task<bool> RemoveAsync(string scheduleId)
    {
        lock (_lock)
        {
            return Task.FromResult(_schedules.Remove(scheduleId));
        }
    }

    private Schedule? Find(string idOrName) =>
        _schedules.GetValueOrDefault(idOrName) ?? _schedules.Values.FirstOrDefault(schedule => schedule.Name == idOrName);
}
