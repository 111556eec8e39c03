using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>For programs that hand out work and wait for it: assigns tasks to the roles code, quality and memory.</summary>
public sealed class Coordinator(TaskManager tasks)
{
    /// <summary>Assigns work on code. Returns the task's id once it is stored.</summary>
    /// <exception cref="RefusedException">As for <see cref="TaskManager.AddAsync(TaskRequest, CancellationToken)"/>.</exception>
    public Task<string> AssignCodeAsync(string prompt, TaskPriority priority = TaskPriority.Normal, string? workingDirectory = null, CancellationToken cancellationToken = default) =>
        AssignAsync("code", prompt, priority, workingDirectory, cancellationToken);

    /// <summary>Assigns a look at quality: tests, reviews, checks.</summary>
    /// <inheritdoc cref="AssignCodeAsync"/>
    public Task<string> AssignQualityAsync(string prompt, TaskPriority priority = TaskPriority.Normal, string? workingDirectory = null, CancellationToken cancellationToken = default) =>
        AssignAsync("quality", prompt, priority, workingDirectory, cancellationToken);

    /// <summary>Assigns work on what is to be remembered: notes, documentation, summaries.</summary>
    /// <inheritdoc cref="AssignCodeAsync"/>
    public Task<string> AssignMemoryAsync(string prompt, TaskPriority priority = TaskPriority.Normal, string? workingDirectory = null, CancellationToken cancellationToken = default) =>
        AssignAsync("memory", prompt, priority, workingDirectory, cancellationToken);

    /// <summary>Waits until a task is over, or for so long: then it is returned as it is.</summary>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> WaitAsync(string taskId, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        tasks.WaitAsync(taskId, timeout, cancellationToken);

    private async Task<string> AssignAsync(string role, string prompt, TaskPriority priority, string? workingDirectory, CancellationToken cancellationToken)
    {
        var added = await tasks.AddAsync(
            new TaskRequest { Role = role, Prompt = prompt, Priority = priority, WorkingDirectory = workingDirectory }, cancellationToken);
        return added.Task.TaskId;
    }
}
