using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Tasks.Schedules;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Engine.Tasks;

/// <summary>
/// The queue of a host: takes tasks, has them done by workers in their order, tries again what may be tried again, and keeps all of it.
/// </summary>
public sealed class TaskManager : IAsyncDisposable
{
    private readonly TaskHost _host;
    private readonly TaskCompanions? _companions;
    private readonly bool _isView;

    private TaskManager(TaskHost host, TaskCompanions? companions, Caller caller, bool isView)
    {
        _host = host;
        _companions = companions;
        Caller = caller;
        _isView = isView;
    }

    /// <summary>Who asks through this door.</summary>
    public Caller Caller { get; }

    /// <summary>Whether nothing waits and nothing goes on: a host with tasks does not end itself for want of work.</summary>
    public bool IsIdle => _host.Board.Count == 0 && _companions is not { Schedules.IsIdle: false };

    /// <summary>What adds tasks by the clock.</summary>
    public ScheduleManager Schedules => (_companions ?? throw new InvalidOperationException("This queue was opened without schedules.")).Schedules.As(Caller);

    /// <summary>Takes up the tasks of a host where an earlier one left them. Dispose it before the manager.</summary>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public static async Task<TaskManager> OpenAsync(WorkerManager workers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workers);
        var host = new TaskHost(workers);
        var tasks = await OpenAsync(host, cancellationToken);
        try
        {
            var companions = await TaskHost.AskAsync(() => TaskCompanions.OpenAsync(
                tasks, new TaskMeter(workers.Meter.Meter, host), host.Intake.Check, workers.Settings, workers.Planned.Store, workers.Planned.Requests, workers.Notes, workers.Planned.Time, cancellationToken));
            companions.Watch(workers.Planned.Gate);
            return new TaskManager(host, companions, Caller.Owner, isView: false);
        }
        catch
        {
            await tasks.DisposeAsync();
            throw;
        }
    }

    internal static async Task<TaskManager> OpenAsync(TaskHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.Dispatcher.StartAsync(cancellationToken);
            host.Approvals?.Start();
            return new TaskManager(host, companions: null, Caller.Owner, isView: false);
        }
        catch (StoreException e)
        {
            await host.Dispatcher.DisposeAsync();
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>The same queue through the eyes and with the rights of a caller. Costs nothing; disposing it does nothing.</summary>
    public TaskManager As(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return new(_host, _companions, _host.Known(caller), isView: true);
    }

    /// <summary>Adds a task. Returns once it is stored.</summary>
    /// <exception cref="RefusedException">As for <see cref="AddAsync(IReadOnlyList{TaskRequest}, CancellationToken)"/>.</exception>
    public async Task<AddedTask> AddAsync(TaskRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (await AddAsync([request], cancellationToken))[0];
    }

    /// <summary>Adds all of them or none, in the order given. Returns once they are stored.</summary>
    /// <exception cref="RefusedException">Unknown role, queue or worker type; bad prompt, time-out or directory; a dependency that is not known or a circle of them.</exception>
    public Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<TaskRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        cancellationToken.ThrowIfCancellationRequested();
        return _host.Intake.AddAsync(requests, Caller);
    }

    /// <summary>What whoever adds this task should know of its budgets, each in a sentence: that one cannot be held for such an agent, or may be overshot.</summary>
    public IReadOnlyList<string> BudgetWarnings(WorkTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return _host.BudgetWarnings(task);
    }

    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> FindAsync(string id, CancellationToken cancellationToken = default) => _host.FindAsync(id, Caller, cancellationToken);

    /// <summary>Those that match, the last one first.</summary>
    /// <exception cref="RefusedException">Limit out of range.</exception>
    public async Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Limit is < 1 or > TaskQuery.LimitMax)
        {
            throw TaskHost.Invalid($"limit is {query.Limit}; allowed are 1 to {TaskQuery.LimitMax}.");
        }

        var page = await TaskHost.AskAsync(() => _host.Store.ListAsync(query with { ParentRun = Caller.ParentRun ?? query.ParentRun }, cancellationToken));
        return page with { Tasks = [.. page.Tasks.Select(_host.Dispatcher.Shown)] };
    }

    /// <summary>Changes a task whose attempt has not begun.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task, one that runs or is over, or a bad value.</exception>
    public async Task<WorkTask> EditAsync(string id, TaskEdit edit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(edit);
        var task = await FindAsync(id, cancellationToken);
        string queue = _host.Intake.CheckEdit(task, edit);
        var edited = await TaskHost.AskAsync(() => _host.Board.ChangeAsync(task.TaskId, _ => new TaskEvent.Edited(edit, queue)))
            ?? throw TaskHost.Invalid($"Task '{task.TaskId}' is {(await FindAsync(id, cancellationToken)).State.ToWire()}: only a task that waits or is parked can be changed.");
        if (edit is not { WorkerType: null, Model: null, Verify: null })
        {
            await _host.Dispatcher.LetGoAsync(edited);
        }

        return edited;
    }

    /// <summary>Takes a task back; an attempt that goes on is stopped. Returns once nothing of it is left. One that is over stays as it is.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public async Task<WorkTask> CancelAsync(string id, string reason = "", CancellationToken cancellationToken = default)
    {
        var task = await FindAsync(id, cancellationToken);
        string why = string.IsNullOrWhiteSpace(reason) ? $"cancelled by {Caller.Kind}" : reason;
        var asked = await TaskHost.AskAsync(() => _host.Board.ChangeAsync(task.TaskId, _ => new TaskEvent.CancelAsked(why)));
        if (asked is { State: TaskState.Running })
        {
            await _host.Dispatcher.StopAsync(asked, why).WaitAsync(cancellationToken);
        }

        // Somebody else may have been there before.
        return asked is { State: TaskState.Cancelled } ? asked : await WaitAsync(task.TaskId, null, cancellationToken);
    }

    /// <summary>Puts a task that failed, was cancelled or is dead into the line again, with all its attempts before it.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task, or one that is completed or not over.</exception>
    public async Task<WorkTask> RetryAsync(string id, CancellationToken cancellationToken = default)
    {
        var task = await FindAsync(id, cancellationToken);
        return await _host.ReopenAsync(task)
            ?? throw TaskHost.Invalid(
                $"Task '{task.TaskId}' is {(await FindAsync(id, cancellationToken)).State.ToWire()}: only one that failed, was cancelled or is dead can be tried again.");
    }

    /// <summary>Waits until a task is over, or for so long: then it is returned as it is. Cancelling the token ends the waiting only.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <param name="timeout">Null for no bound but the token's.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public async Task<WorkTask> WaitAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var task = await FindAsync(id, cancellationToken);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = Listen(change =>
        {
            if (change.Task.TaskId == task.TaskId && change.Task.State.IsOver())
            {
                over.TrySetResult();
            }
        });

        // Looked at again now that nothing is missed.
        task = await FindAsync(task.TaskId, cancellationToken);
        if (task.State.IsOver())
        {
            return task;
        }

        try
        {
            await over.Task.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, _host.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It goes on, and is shown as it is.
        }

        return await FindAsync(task.TaskId, cancellationToken);
    }

    /// <summary>What the last attempt at a task came to; null where none is over yet, or it began nothing, or its run is kept no longer.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public async Task<WorkerResult?> ResultAsync(string id, CancellationToken cancellationToken = default) =>
        (await FindAsync(id, cancellationToken)).Attempts.LastOrDefault(attempt => attempt.IsOver) is { } last
            ? await _host.ResultAsync(last.RunId, cancellationToken)
            : null;

    /// <summary>Begins no more tasks until it is told to; what goes on goes on.</summary>
    /// <exception cref="RefusedException">The caller is an agent inside a run, or it cannot be stored.</exception>
    public Task PauseAsync()
    {
        CheckOwner("pause the queue");
        return TaskHost.AskAsync(() => _host.PauseAsync(_host.Dispatcher.PausedSince ?? _host.Time.GetUtcNow()));
    }

    /// <summary>Begins tasks again.</summary>
    /// <exception cref="RefusedException">As for <see cref="PauseAsync"/>.</exception>
    public Task ResumeAsync()
    {
        CheckOwner("resume the queue");
        return TaskHost.AskAsync(() => _host.PauseAsync(null));
    }

    /// <summary>The tasks that go on, by the id of the worker that is at them; of an agent inside a run its own alone.</summary>
    public IReadOnlyDictionary<string, WorkTask> ByWorker() => _host.Board
        .All(task => task.State == TaskState.Running && (Caller.ParentRun is null || task.ParentRun == Caller.ParentRun))
        .DistinctBy(task => task.LastAttempt!.WorkerId)
        .ToDictionary(task => task.LastAttempt!.WorkerId);

    public Task<QueueStatus> StatusAsync(CancellationToken cancellationToken = default) => _host.StatusAsync(cancellationToken);

    /// <summary>
    /// All spending stops and nothing is lost: the queue is paused, tasks whose attempts go on are put back into it, and all other runs are
    /// cancelled, with what they had said. Returns once nothing runs any more.
    /// </summary>
    /// <exception cref="RefusedException">The caller is an agent inside a run.</exception>
    public async Task<StopAllResult> StopAllAsync(string reason = "", CancellationToken cancellationToken = default)
    {
        CheckOwner("stop all work");
        return await _host.StopAllAsync(string.IsNullOrWhiteSpace(reason) ? $"all work was stopped by {Caller.Kind}" : reason, cancellationToken);
    }

    /// <summary>
    /// Stops the attempts that go on and puts their tasks back into the line: for a host that is to end, and takes no more work
    /// (<see cref="WorkerManager.IsDraining"/>). Returns once nothing of them is left.
    /// </summary>
    /// <returns>How many tasks were put back.</returns>
    /// <exception cref="RefusedException">The caller is an agent inside a run, or it cannot be stored.</exception>
    public Task<int> HandBackAllAsync(string reason, CancellationToken cancellationToken = default)
    {
        CheckOwner("stop all work");
        return _host.HandBackAllAsync(reason, cancellationToken);
    }

    /// <summary>Tells of each change from now on, once it is durable, until what is returned is disposed. A task's revision tells the order.</summary>
    /// <param name="changed">Must be quick and must not throw.</param>
    public IDisposable Listen(Action<TaskChanged> changed) => _host.Board.Listeners.Add(changed);

    /// <summary>Begins nothing more, and leaves what goes on to the host.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isView)
        {
            return;
        }

        await (_companions?.DisposeAsync() ?? ValueTask.CompletedTask);
        _host.Approvals?.Dispose();
        await _host.Dispatcher.DisposeAsync();
    }

    private void CheckOwner(string what)
    {
        if (Caller.ParentRun is not null)
        {
            throw new RefusedException(RefusalCode.Forbidden, $"An agent inside a run may not {what}: that is its user's to do.");
        }
    }
}
