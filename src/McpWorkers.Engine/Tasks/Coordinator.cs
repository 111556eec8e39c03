using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>For programs that hand out work and wait for it: assigns tasks to the roles code, quality and memory.</summary>
public sealed class Coordinator(TaskManager tasks)
{
    /// <summary>Assigns work on code. Returns the task's id once it is stored.</summary>
    /// <exception cref="RefusedException">As for <see cref="TaskManager.AddAsync(TaskRequest, CancellationToken)"/>.</exception>
    public Task<string> AssignCodeAsync(string prompt, AssignOptions? options = null, CancellationToken cancellationToken = default) =>
        AssignAsync("code", prompt, options, cancellationToken);

    /// <summary>Assigns a look at quality: tests, reviews, checks.</summary>
    /// <inheritdoc cref="AssignCodeAsync"/>
    public Task<string> AssignQualityAsync(string prompt, AssignOptions? options = null, CancellationToken cancellationToken = default) =>
        AssignAsync("quality", prompt, options, cancellationToken);

    /// <summary>Assigns work on what is to be remembered: notes, documentation, summaries.</summary>
    /// <inheritdoc cref="AssignCodeAsync"/>
    public Task<string> AssignMemoryAsync(string prompt, AssignOptions? options = null, CancellationToken cancellationToken = default) =>
        AssignAsync("memory", prompt, options, cancellationToken);

    /// <summary>Waits until a task is over, or for so long: then it is returned as it is, and goes on.</summary>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> WaitAsync(string taskId, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        tasks.WaitAsync(taskId, timeout, cancellationToken);

    /// <summary>What the last attempt at a task came to; null where none is over yet, or it began nothing, or its run is kept no longer.</summary>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkerResult?> ResultAsync(string taskId, CancellationToken cancellationToken = default) => tasks.ResultAsync(taskId, cancellationToken);

    private async Task<string> AssignAsync(string role, string prompt, AssignOptions? options, CancellationToken cancellationToken)
    {
        options ??= new();
        var added = await tasks.AddAsync(
            new TaskRequest
            {
                Role = role,
                Prompt = prompt,
                Priority = options.Priority,
                WorkingDirectory = options.WorkingDirectory,
                After = options.After,
                Files = options.Files,
                Verify = options.Verify,
                Key = options.Key,
            },
            cancellationToken);
        return added.Task.TaskId;
    }
}

/// <summary>What may be said of a task that a <see cref="Coordinator"/> assigns; each as in <see cref="TaskRequest"/>.</summary>
public sealed record AssignOptions
{
    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>Absolute; null for the caller's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Tasks that must be completed first.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Files that it is about, relative to the working directory.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Commands for the shell that must succeed after each attempt.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Assigning twice under one key is assigning once.</summary>
    public string? Key { get; init; }
}
