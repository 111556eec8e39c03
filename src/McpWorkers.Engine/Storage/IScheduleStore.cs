using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>Schedules: the rows are the truth of what is due when.</summary>
public interface IScheduleStore
{
    /// <summary>False where its name or id is there already, as a name or an id: nothing is changed.</summary>
    Task<bool> AddAsync(Schedule schedule);

    /// <summary>Null where it is not known.</summary>
    /// <param name="idOrName">Either.</param>
    Task<Schedule?> FindAsync(string idOrName, CancellationToken cancellationToken);

    /// <summary>All, in order of their making.</summary>
    Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts a schedule in the place of its former state. False where its revision is not the next one to the row's, or it is gone: somebody was
    /// there before, and nothing is changed. Its id, name, expression and work stay as they were added.
    /// </summary>
    /// <param name="fact">What is told of it, if it is taken, in the same transaction; null for nothing.</param>
    Task<bool> ChangeAsync(Schedule schedule, WorkerEvent? fact = null);

    /// <summary>False where it is not known.</summary>
    Task<bool> RemoveAsync(string scheduleId);
}
