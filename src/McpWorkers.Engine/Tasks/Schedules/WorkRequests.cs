using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>From a task that is asked for to what a schedule keeps of it, and back each time that it is due.</summary>
internal static class WorkRequests
{
    public static ScheduledWork WorkOf(TaskRequest task) => new(
        task.Role,
        task.Prompt,
        task.Priority,
        task.Queue,
        new()
        {
            WorkerType = task.WorkerType,
            Model = task.Model,
            Permission = task.Permission,
            WorkingDirectory = task.WorkingDirectory,
            Workspace = task.Workspace,
            Launcher = task.Launcher,
            Image = task.Image,
            Verify = task.Verify,
            Files = task.Files,
            Timeout = task.Timeout,
            Budget = task.Budget,
            Autonomy = task.Autonomy,
            Environment = task.Environment,
        });

    /// <param name="key">Of this one task.</param>
    public static TaskRequest RequestOf(Schedule schedule, string key)
    {
        var (work, spec) = (schedule.Work, schedule.Work.Spec);
        return new()
        {
            Role = work.Role,
            Prompt = work.Prompt,
            Priority = work.Priority,
            Queue = work.Queue,
            Key = key,
            WorkerType = spec.WorkerType,
            Model = spec.Model,
            Permission = spec.Permission,
            WorkingDirectory = spec.WorkingDirectory,
            Workspace = spec.Workspace,
            Launcher = spec.Launcher,
            Image = spec.Image,
            Verify = spec.Verify,
            Files = spec.Files,
            Timeout = spec.Timeout,
            Budget = spec.Budget,
            Autonomy = spec.Autonomy,
            Source = schedule.Name,
            Environment = spec.Environment,
        };
    }
}
