using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks;

/// <summary>What stands behind all doors of one queue.</summary>
internal sealed class TaskHost
{
    private static readonly TimeSpan RetentionPeriod = TimeSpan.FromMinutes(10);

    private readonly WorkerManager? _workers;
    private readonly HostSettings _settings;
    private readonly RunSlots _slots;
    private readonly Func<WorkTask, string> _typeOf;
    private readonly TaskEnvironments _environments;
    private long? _retained;

    public TaskHost(WorkerManager workers)
        : this(workers, new TaskEnvironments(workers.Planned.LastingDirectory))
    {
    }

    private TaskHost(WorkerManager workers, TaskEnvironments environments)
        : this(
            workers.Settings, workers.Planned.Store.Tasks, workers.Planned.Slots, roles => new WorkerAttempts(workers.Planned, roles, environments),
            environments, workers.Notes, workers.Planned.Time, workers.Planned.Gate, workers)
    {
    }

    /// <param name="gate">Where runs wait whose pool gives no more.</param>
    /// <param name="workers">Null where attempts are made in another way.</param>
    public TaskHost(
        HostSettings settings, ITaskStore store, RunSlots slots, Func<TaskRoles, IAttempts> attempts, TaskEnvironments environments, HostNotes notes,
        TimeProvider time, PoolGate gate, WorkerManager? workers = null)
    {
        _settings = settings;
        _slots = slots;
        _workers = workers;
        _environments = environments;
        Store = store;
        Time = time;
        Roles = new TaskRoles(settings);
        var made = attempts(Roles);
        _typeOf = made.TypeOf;
        Board = new TaskBoard(store, Roles, made.TypeOf, time, made.AccountOf);
        Dispatcher = new TaskDispatcher(Board, store, made, slots, Roles, notes, time, gate) { EachRound = UpkeepAsync };
        Intake = new TaskIntake(this, settings, environments, workers?.Planned);
        if (workers is not null)
        {
            Approvals = new TaskApprovals(Board, workers.Planned.Requests, Dispatcher.LookAtDependenciesAsync, ApprovalTextOf, notes);
        }
    }

    /// <summary>Null where attempts are made without workers.</summary>
    public TaskApprovals? Approvals { get; }

    public ITaskStore Store { get; }

    public TimeProvider Time { get; }

    public TaskRoles Roles { get; }

    public TaskBoard Board { get; }

    public TaskDispatcher Dispatcher { get; }

    public TaskIntake Intake { get; }

    /// <summary>A caller from within a run that goes on with another one after an answer is the same as in that one.</summary>
    public Caller Known(Caller caller) => _workers?.Planned.Known(caller) ?? caller;

    /// <summary>What whoever adds this task should know of its budgets, each in a sentence.</summary>
    public IReadOnlyList<string> BudgetWarnings(WorkTask task) =>
        _workers?.Planned.BudgetWarnings(_typeOf(task), task.Spec.Model, Budget.Least(Roles.Of(task.Role).Budget, task.Spec.Budget)) ?? [];

    public static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);

    /// <summary>A question to the store, or a change, on behalf of a caller.</summary>
    /// <exception cref="RefusedException">The store cannot do it.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>By id or key, as it is to be shown.</summary>
    /// <exception cref="RefusedException">It is not known, or not this caller's.</exception>
    public async Task<WorkTask> FindAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        var task = await AskAsync(async () => await Store.FindAsync(id, cancellationToken) ?? await Store.FindByKeyAsync(id, cancellationToken));
        return task is not null && (caller.ParentRun is null || task.ParentRun == caller.ParentRun)
            ? Dispatcher.Shown(task)
            : throw new RefusedException(RefusalCode.NotFound, $"Task '{id}' is not known here, or no longer kept. 'tasks list' shows those that there are.");
    }

    /// <summary>Null where it cannot be tried again.</summary>
    public async Task<WorkTask?> ReopenAsync(WorkTask task)
    {
        if (!task.State.IsOver() || task.State == TaskState.Completed)
        {
            return null;
        }

        var now = Time.GetUtcNow();
        var happened = new TaskEvent.RetryAsked();
        if (task.ParentRun is { } parent && _workers?.Planned.IsGoingOn(parent) == false)
        {
            throw Invalid($"Task '{task.TaskId}' was added from within the run '{parent}' and ended with it. Add it again yourself.");
        }

        var reopened = TaskTransitions.Apply(task, happened, now);
        if (reopened is null || !await AskAsync(() => Store.ChangeAsync(reopened, fact: TaskFacts.Of(happened, reopened, now))))
        {
            return null;
        }

        await Dispatcher.AddedAsync([reopened]);
        return reopened;
    }

    /// <summary>Null where there was no such run, or it is kept no longer.</summary>
    public async Task<WorkerResult?> ResultAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return _workers is null ? null : (await _workers.FindRunAsync(runId, cancellationToken)).Result;
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound)
        {
            return null;
        }
    }

    public async Task<bool> PauseAsync(DateTimeOffset? since)
    {
        await Dispatcher.PauseAsync(since);
        return true;
    }

    public async Task<QueueStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var counts = await AskAsync(() => Store.CountAsync(cancellationToken));
        lock (Board.Gate)
        {
            var roles = Roles.Names.Concat(Board.Running.Roles.Where(role => role.Value > 0).Select(role => role.Key)).Distinct().ToDictionary(
                role => role, role => new RoleLoad(Board.Running.OfRole(role), Board.Line.CountOfRole(role), Roles.Of(role).Concurrency));
            return new(Dispatcher.PausedSince, counts, roles, _slots.Taken, _slots.Limit, Board.NextDue);
        }
    }

    public async Task<StopAllResult> StopAllAsync(string reason, CancellationToken cancellationToken)
    {
        // What the store refuses is said at the end: it must not keep anything going that can be stopped.
        RefusedException? fault = null;
        int ofTasks = 0;
        try
        {
            await AskAsync(() => PauseAsync(Dispatcher.PausedSince ?? Time.GetUtcNow()));
        }
        catch (RefusedException refused)
        {
            fault = refused;
        }

        try
        {
            ofTasks = await HandBackAllAsync(reason, cancellationToken);
        }
        catch (RefusedException refused)
        {
            fault ??= refused;
        }

        var direct = _workers is null ? [] : await Task.WhenAll(
            _workers.List().Where(worker => worker.Status is WorkerStatus.Running or WorkerStatus.Starting)
                .Select(worker => CancelAsync(_workers, worker.WorkerId, reason, cancellationToken)));
        if (fault is not null)
        {
            throw fault;
        }

        return new(ofTasks, direct.Count(isCancelled => isCancelled));
    }

    /// <summary>Stops what goes on of tasks, and puts them back into the line. Whoever asks sees to it that nothing is begun meanwhile.</summary>
    /// <returns>How many are in the line again.</returns>
    public async Task<int> HandBackAllAsync(string reason, CancellationToken cancellationToken)
    {
        var running = Board.All(task => task.State == TaskState.Running);
        return (await Task.WhenAll(running.Select(task => HandBackAsync(task, reason, cancellationToken)))).Count(isBack => isBack);
    }

    private string ApprovalTextOf(WorkTask task)
    {
        var role = Roles.Of(task.Role);
        IReadOnlyList<string> names = task.Spec.WorkerType is { } named ? [named] : role.WorkerTypes is [_, ..] preferred ? preferred : [_typeOf(task)];
        var types = names.Select(name => _settings.WorkerTypes.FirstOrDefault(type => type.Name == name)).OfType<WorkerType>();
        return ApprovalText.Of(task, role, [.. types], [.. _environments.Find(task.Spec.Environment)?.Keys ?? []]);
    }

    /// <summary>Tasks that were added from within a run end with it, and those that were over long ago are forgotten.</summary>
    private async Task UpkeepAsync()
    {
        if (Approvals is not null)
        {
            await Approvals.RunOnceAsync();
        }

        foreach (var orphan in Board.Nested.Where(task => task.Wish != StopWish.Cancel && !task.State.IsOver()))
        {
            if (_workers is not null && !_workers.Planned.IsGoingOn(orphan.ParentRun!))
            {
                const string Why = "the run that had added it is over";
                if (await Board.ChangeAsync(orphan.TaskId, _ => new TaskEvent.CancelAsked(Why)) is { State: TaskState.Running } running)
                {
                    _ = Dispatcher.StopAsync(running, Why);
                }
            }
        }

        if (_retained is not { } last || Time.GetElapsedTime(last) > RetentionPeriod)
        {
            _retained = Time.GetTimestamp();
            await Store.RemoveAsync(Time.GetUtcNow() - _settings.Retention.Age);
        }
    }

    private async Task<bool> HandBackAsync(WorkTask task, string reason, CancellationToken cancellationToken)
    {
        if (await AskAsync(() => Board.ChangeAsync(task.TaskId, _ => new TaskEvent.HandBackAsked())) is not { } asked)
        {
            return false;
        }

        await Dispatcher.StopAsync(asked, reason).WaitAsync(cancellationToken);
        return Board.Find(task.TaskId) is { State: TaskState.Waiting };
    }

    private static async Task<bool> CancelAsync(WorkerManager workers, string workerId, string reason, CancellationToken cancellationToken)
    {
        try
        {
            return await workers.CancelAsync(workerId, reason, null, cancellationToken);
        }
        catch (RefusedException)
        {
            // Closed meanwhile.
            return false;
        }
    }
}
