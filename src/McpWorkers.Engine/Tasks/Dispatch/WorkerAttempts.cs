using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Attempts as runs of workers: each has a fresh session, and a fresh worker unless its role says otherwise.</summary>
internal sealed class WorkerAttempts(PlannedRuns runs, TaskRoles roles, TaskEnvironments environments) : IAttempts
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SharedWorkers _shared = new();
    private readonly AttemptTypes _types = new(runs, roles, environments);

    public bool Takes(WorkTask task) => runs.TakesMore && (KeptWorker(task) is not null || _shared.Has(task) || runs.HasRoom || MakeRoom());

    public string TypeOf(WorkTask task)
    {
        string? worker = task.State == TaskState.Running ? task.LastAttempt!.WorkerId : KeptWorker(task);
        return (worker is null ? null : runs.TypeOfWorker(worker)) ?? _types.Of(task);
    }

    public string AccountOf(WorkTask task, string type) => _types.AccountOf(task, type);

    public string? Unaffordable(string account) => runs.Unaffordable(account);

    public (string RunId, string WorkerId) Plan(WorkTask task) =>
        (RunIntake.NewId(), KeptWorker(task) ?? _shared.TryTake(task) ?? Spawning.NewId());

    public async Task<bool> IsBegunAsync(TaskAttempt attempt, CancellationToken cancellationToken) =>
        runs.HasWorker(attempt.WorkerId) || await runs.IsKnownAsync(attempt.RunId, cancellationToken);

    public async Task<AttemptEnd> RunAsync(WorkTask task, RunSlots.Slot? slot, Func<StopWish> wish, CancellationToken leaving)
    {
        var attempt = task.LastAttempt!;
        string pool = AccountOf(task, TypeOf(task));
        try
        {
            if (!await IsKnownAsync(attempt.RunId, leaving))
            {
                if (slot is null)
                {
                    // Of an earlier host, that had not come as far as its run; it let it begin by what it knew of its pool then.
                    slot = runs.Gate.HoldOf(pool) is { MayBegin: false } ? null : await runs.Slots.TakeAsync(leaving);
                    if (slot is null || !runs.Gate.TryBegin(pool, attempt.RunId))
                    {
                        return new(AttemptOutcome.HandedBack, AttemptCause.HostBusy, "its service gives no more for now");
                    }
                }

                if (await TryBeginAsync(task, attempt, slot, wish, leaving) is { } unbegun)
                {
                    return unbegun;
                }
            }
            else
            {
                // It goes on, or is over: it has a slot of its own.
                slot?.Dispose();
            }

            if (wish() != StopWish.None)
            {
                // Who asked for it may have looked before there was anything to stop.
                await runs.StopAsync(attempt.RunId, "its task was stopped");
            }

            return await WaitAsync(attempt.RunId, leaving);
        }
        finally
        {
            slot?.Dispose();
            runs.Gate.Over(pool, attempt.RunId);
        }
    }

    public Task StopAsync(TaskAttempt attempt, string reason) => runs.StopAsync(attempt.RunId, reason);

    public async Task ReleaseAsync(WorkTask task)
    {
        if (task.LastAttempt is not { } attempt)
        {
            return;
        }

        // What became of it stands in the task: whether somebody reads the result too is not waited for before it is forgotten.
        await runs.CollectedAsync(attempt.RunId);
        if (KeptWorker(task) is not null && runs.HasRoom)
        {
            // Not the last one that there may be: waiting tasks must never hold all workers, and wait for each other.
            return;
        }

        if (task.State == TaskState.Completed && roles.Of(task.Role).TasksPerWorker is > 1 and var uses && _shared.TryKeep(task, attempt.WorkerId, uses))
        {
            return;
        }

        _shared.Forget(attempt.WorkerId);
        await runs.CloseAsync(attempt.WorkerId, $"its part in task '{task.TaskId}' is over");
    }

    public async Task LetGoAsync(WorkTask task)
    {
        // One that waits for leave again since it was changed is in the line later on.
        if (KeptWorker(task with { State = TaskState.Waiting }) is { } kept)
        {
            await runs.CloseAsync(kept, $"task '{task.TaskId}' was changed");
        }
    }

    public async Task RecoverAsync(IReadOnlyList<WorkTask> open, CancellationToken cancellationToken)
    {
        var schedules = await runs.Store.Schedules.ListAsync(cancellationToken);
        var kept = open.Select(task => task.Spec.Environment).Concat(schedules.Select(schedule => schedule.Work.Spec.Environment));
        environments.Sweep(kept.OfType<string>().ToHashSet(), runs.Time.GetUtcNow() - runs.Settings.Retention.Age);
        var needed = open.Where(task => task.State == TaskState.Running || KeptWorker(task) is not null)
            .Select(task => KeptWorker(task) ?? task.LastAttempt!.WorkerId).ToHashSet();
        var ours = await runs.Store.Tasks.OfAttemptsAsync([.. runs.WorkerIds.Where(id => !needed.Contains(id))], cancellationToken);
        foreach (string workerId in ours)
        {
            await runs.CloseAsync(workerId, "the task that it was made for needs it no more");
        }
    }

    /// <summary>The worker of the attempt before, where the next one is to go on in its place.</summary>
    private string? KeptWorker(WorkTask task) =>
        task.State == TaskState.Waiting
        && task.LastTry is { } last
        && last.Outcome != AttemptOutcome.Lost
        && last.Number > task.AttemptsForgiven
        && roles.Of(task.Role).Retry.Workspace == RetryWorkspace.Same
        && runs.HasWorker(last.WorkerId)
            ? last.WorkerId
            : null;

    /// <returns>Null once its run is stored; else how the attempt ended without one.</returns>
    private async Task<AttemptEnd?> TryBeginAsync(WorkTask task, TaskAttempt attempt, RunSlots.Slot slot, Func<StopWish> wish, CancellationToken leaving)
    {
        var role = roles.Of(task.Role);
        try
        {
            if (wish() == StopWish.None && !runs.HasWorker(attempt.WorkerId))
            {
                var environment = environments.Find(task.Spec.Environment);
                if (environment is null && task.Spec.Environment is { } gone)
                {
                    // Another one may hold other keys: whose account would pay for it is not ours to guess.
                    return new(AttemptOutcome.Failed, AttemptCause.Missing, $"The environment with which it was added cannot be read any more (environments/{gone} in the data directory). Add it again.");
                }

                await runs.SpawnAsync(attempt.WorkerId, RequestOf(task, role, environment), new Caller { Kind = "task", ParentRun = task.ParentRun });
            }

            if (wish() != StopWish.None)
            {
                return new(AttemptOutcome.Cancelled, AttemptCause.Cancelled, "It was stopped before anything was started.");
            }

            return await SubmitAsync(task, attempt, role, slot);
        }
        catch (RefusedException refused) when (leaving.IsCancellationRequested)
        {
            throw new OperationCanceledException(refused.Message, refused, leaving);
        }
        catch (RefusedException refused)
        {
            return AttemptEnds.Of(refused);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(AttemptOutcome.Failed, AttemptCause.LaunchFailed, AttemptEnds.OneLine(e.Message));
        }
    }

    /// <returns>Null once its run is stored; else how the attempt ended without one.</returns>
    private async Task<AttemptEnd?> SubmitAsync(WorkTask task, TaskAttempt attempt, RoleSettings role, RunSlots.Slot slot)
    {
        try
        {
            await runs.SubmitAsync(
                attempt.WorkerId, attempt.RunId, AttemptPrompt.Of(task, role), task.Spec.Timeout ?? role.Timeout ?? TimeSpan.Zero, slot,
                new RunBudget { TaskId = task.TaskId, OfTask = Budget.Least(role.Budget, task.Spec.Budget) });
            return null;
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound)
        {
            // It was closed since it was chosen: the next attempt gets another one.
            return new(AttemptOutcome.HandedBack, AttemptCause.HostBusy, AttemptEnds.OneLine(refused.Message));
        }
    }

    /// <summary>Once a run is stored nothing but its own end decides: whatever hinders the look at it is waited out.</summary>
    private async Task<AttemptEnd> WaitAsync(string runId, CancellationToken leaving)
    {
        while (true)
        {
            try
            {
                return AttemptEnds.Of(await runs.WaitAsync(runId, leaving));
            }
            catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound)
            {
                return new(AttemptOutcome.Lost, AttemptCause.Lost, refused.Message);
            }
            catch (RefusedException refused) when (refused.Code == RefusalCode.ShuttingDown)
            {
                throw new OperationCanceledException(refused.Message, refused, leaving);
            }
            catch (RefusedException)
            {
                await Task.Delay(Pause, runs.Time, leaving);
            }
        }
    }

    private SpawnRequest RequestOf(WorkTask task, RoleSettings role, IReadOnlyDictionary<string, string>? environment) => new()
    {
        WorkerType = _types.Choose(task, environment),
        Model = task.Spec.Model,
        Permission = task.Spec.Permission ?? role.Permission,
        Autonomy = task.Spec.Autonomy,
        WorkingDirectory = task.Spec.WorkingDirectory,
        Workspace = task.Spec.Workspace ?? (role.Workspace is { } kind and not WorkspaceKind.Clone ? new WorkspaceSpec { Kind = kind } : null),
        Launcher = task.Spec.Launcher,
        Image = task.Spec.Image,
        Verify = [.. role.Verify, .. task.Spec.Verify],
        Environment = environment,
    };

    /// <summary>A store that cannot be read for a moment is asked again: to guess would be to run something twice.</summary>
    private async Task<bool> IsKnownAsync(string runId, CancellationToken leaving)
    {
        while (true)
        {
            try
            {
                return await runs.IsKnownAsync(runId, leaving);
            }
            catch (StoreException) when (!leaving.IsCancellationRequested)
            {
                await Task.Delay(Pause, runs.Time, leaving);
            }
        }
    }

    /// <summary>Prepared workers that nobody uses give way.</summary>
    private bool MakeRoom()
    {
        if (_shared.TakeAny() is not { } idle)
        {
            return false;
        }

        _ = runs.CloseAsync(idle, "room was needed for another worker");
        return false;
    }
}
