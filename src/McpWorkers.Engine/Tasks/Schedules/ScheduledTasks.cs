using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>What schedules need of the queue.</summary>
internal interface IScheduledTasks
{
    /// <summary>Adds a task once, however often it is called with the same key. Returns its id.</summary>
    /// <exception cref="RefusedException">Such a task is not taken.</exception>
    Task<string> AddAsync(Schedule schedule, string key, CancellationToken cancellationToken);

    /// <summary>False also where the task is known no longer.</summary>
    Task<bool> IsOpenAsync(string taskId, CancellationToken cancellationToken);

    Task CancelAsync(string taskId, string reason, CancellationToken cancellationToken);
}

/// <summary>The queue of this host.</summary>
internal sealed class ScheduledTasks(TaskManager tasks) : IScheduledTasks
{
    public async Task<string> AddAsync(Schedule schedule, string key, CancellationToken cancellationToken)
    {
        var added = await tasks.AddAsync(WorkRequests.RequestOf(schedule, key), cancellationToken);
        return added.Task.TaskId;
    }

    public async Task<bool> IsOpenAsync(string taskId, CancellationToken cancellationToken)
    {
        try
        {
            return !(await tasks.FindAsync(taskId, cancellationToken)).State.IsOver();
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            return false;
        }
    }

    public async Task CancelAsync(string taskId, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await tasks.CancelAsync(taskId, reason, cancellationToken);
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            // It was over so long ago that it is forgotten.
        }
    }
}
