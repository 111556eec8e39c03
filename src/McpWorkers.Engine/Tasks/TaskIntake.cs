using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Tasks.Validation;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Engine.Tasks;

/// <summary>Checks tasks that are to be added, and has them stored.</summary>
/// <param name="runs">Null where attempts are made without workers.</param>
internal sealed class TaskIntake(TaskHost host, HostSettings settings, TaskEnvironments environments, PlannedRuns? runs) : IDisposable
{
    private const int IdDigits = 16;
    private const int BatchMax = 10_000;

    private static readonly TaskDisk Disk = new();

    /// <summary>Keys of tasks that others come after must not change between the look and the adding.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="RefusedException">One of them is refused: then none was added. Its message says which.</exception>
    public async Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<TaskRequest> requests, Caller caller)
    {
        if (requests.Count is < 1 or > BatchMax)
        {
            throw TaskHost.Invalid($"There are {requests.Count} tasks to add; allowed are 1 to {BatchMax} at once.");
        }

        if (host.Board.Count + requests.Count > settings.Tasks.OpenMax)
        {
            throw new RefusedException(
                RefusalCode.LimitReached,
                $"There are {host.Board.Count} tasks that are not over, and {requests.Count} more would pass the limit of {settings.Tasks.OpenMax} (setting tasks.open_max). Wait for some of them, or cancel what is not needed.");
        }

        string? environment = Keep(caller);
        var tasks = requests.Select((request, index) => TaskOf(request, caller, environment, requests.Count > 1 ? $"tasks[{index}]: " : "")).ToList();
        await CheckKeysAsync(tasks, caller);
        if (!requests.Any(request => request.After.Count > 0))
        {
            return await StoreAsync(tasks);
        }

        await _turn.WaitAsync();
        try
        {
            return await StoreAsync(await TaskOrder.ResolveAsync(tasks, id => TryFindAsync(id, caller)));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>The queue that the task is in after the change.</returns>
    /// <exception cref="RefusedException">A value is out of range.</exception>
    public string CheckEdit(WorkTask task, TaskEdit edit)
    {
        if (edit.Prompt is { } prompt)
        {
            Arguments.CheckPrompt(prompt, settings.PromptBytesMax);
            TaskValidation.CheckPrompt(prompt, settings.Tasks.Limits);
        }

        Arguments.CheckTimeout(edit.Timeout ?? TimeSpan.Zero);
        runs?.Nested.CheckTask(task.ParentRun, null, edit.Verify ?? []);
        if (edit.WorkerType is { } type)
        {
            runs?.CheckType(type);
        }

        return edit.Priority is { } priority ? host.Roles.Of(task.Role).QueueFor(priority.Queue()) : task.Queue;
    }

    /// <summary>Refuses a task that would not be taken; returns it with its directory absolute, and its caller's environment kept.</summary>
    /// <exception cref="RefusedException">As for adding it.</exception>
    public TaskRequest Check(TaskRequest request, Caller caller) =>
        request with { WorkingDirectory = TaskOf(request, caller, environment: null).Spec.WorkingDirectory, Environment = Keep(caller) };

    public void Dispose() => _turn.Dispose();

    private string? Keep(Caller caller) => caller.Environment is { } inherited ? environments.Keep(inherited) : null;

    /// <summary>A key that is known gives the task that has it, but not one of another run, or of a run to its user: that is another's work.</summary>
    private async Task CheckKeysAsync(IReadOnlyList<WorkTask> tasks, Caller caller)
    {
        foreach (string key in tasks.Select(task => task.Key).OfType<string>().Distinct())
        {
            var known = await TaskHost.AskAsync(() => host.Store.FindByKeyAsync(key, CancellationToken.None));
            if (known is not null && known.ParentRun != caller.ParentRun)
            {
                throw TaskHost.Invalid(
                    $"key '{key}' is the key of a task that {(caller.ParentRun is null ? "an agent added from within a run" : "was not added from within this run")}. Choose another one.");
            }
        }
    }

    private async Task<IReadOnlyList<AddedTask>> StoreAsync(IReadOnlyList<WorkTask> tasks)
    {
        var added = await TaskHost.AskAsync(() => host.Store.AddAsync(tasks));
        await host.Dispatcher.AddedAsync([.. added.Where(each => each.IsNew).Select(each => each.Task)]);
        return added;
    }

    private async Task<WorkTask?> TryFindAsync(string id, Caller caller)
    {
        try
        {
            return await host.FindAsync(id, caller, CancellationToken.None);
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What it comes after is as its caller named it.</summary>
    private WorkTask TaskOf(TaskRequest request, Caller caller, string? environment, string which)
    {
        try
        {
            return TaskOf(request, caller, environment);
        }
        catch (RefusedException refused) when (which.Length > 0)
        {
            throw new RefusedException(refused.Code, which + refused.Message);
        }
    }

    private WorkTask TaskOf(TaskRequest request, Caller caller, string? environment)
    {
        Arguments.CheckPrompt(request.Prompt, settings.PromptBytesMax);
        Arguments.CheckTimeout(request.Timeout ?? TimeSpan.Zero);
        Arguments.CheckBudget(request.Budget);
        var role = host.Roles.Find(request.Role ?? host.Roles.Default);
        if (request.Queue is { } queue && !role.Queues.Contains(queue))
        {
            throw TaskHost.Invalid($"Role '{role.Name}' does not serve the queue '{queue}'. It serves: {string.Join(", ", role.Queues)}.");
        }

        if (request.Key is { } key)
        {
            TaskKey.Check(key);
        }

        if (request.WorkerType is { } type)
        {
            runs?.CheckType(type);
        }

        runs?.Nested.CheckTask(caller.ParentRun, request.Permission, request.Verify);
        string? directory = request.WorkingDirectory ?? caller.WorkingDirectory;
        directory = directory is null ? null : Arguments.WorkingDirectory(directory);
        var place = request.Workspace ?? (role.Workspace is { } kind ? new WorkspaceSpec { Kind = kind } : null);
        TaskValidation.Check(new TaskAsk(request.Prompt, request.Files, directory, place), settings.Tasks.Limits, Disk);
        var now = host.Time.GetUtcNow();
        var asked = LevelOf(request, role);
        var level = runs?.Nested.LevelWithin(caller.ParentRun, asked) ?? asked;
        return new()
        {
            TaskId = "task_" + DataDirectory.NewId(IdDigits),
            Key = request.Key,
            Role = role.Name,
            Prompt = request.Prompt,
            Priority = request.Priority,
            Queue = request.Queue ?? role.QueueFor(request.Priority.Queue()),
            After = [.. request.After.Distinct()],
            NotBefore = request.At,
            ParentRun = caller.ParentRun,
            Created = now,
            State = level == AutonomyLevel.HumanRequired ? TaskState.Parked : TaskState.Waiting,
            Reason = level == AutonomyLevel.HumanRequired ? WaitReason.Approval
                : request.After.Count > 0 ? WaitReason.Dependency : request.At > now ? WaitReason.Schedule : WaitReason.Slot,
            Spec = new()
            {
                WorkerType = request.WorkerType,
                Model = request.Model,
                Permission = request.Permission,
                WorkingDirectory = directory,
                Workspace = request.Workspace,
                Launcher = request.Launcher,
                Image = request.Image,
                Verify = request.Verify,
                Files = request.Files,
                Timeout = request.Timeout,
                Budget = request.Budget,
                Autonomy = level,
                Source = request.Source,
                Environment = request.Environment ?? environment,
            },
        };
    }

    private AutonomyLevel LevelOf(TaskRequest request, RoleSettings role)
    {
        var given = role.Autonomy ?? settings.Requests.Autonomy;
        return request.Autonomy is not { } asked ? given
            : asked >= given ? asked
            : throw TaskHost.Invalid(
                $"autonomy is {asked.ToWire()}, which is more than what role '{role.Name}' may ({given.ToWire()}); a task may only be bound closer than its role.");
    }
}
