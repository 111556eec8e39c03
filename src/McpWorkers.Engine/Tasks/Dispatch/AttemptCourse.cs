using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Takes an attempt from its claim, or from where an earlier host left it, to its recorded end.</summary>
/// <param name="beginNext">Told when an end is in the store's line: what begins then goes into the same commit.</param>
/// <param name="leaving">Cancelled when the host leaves: what goes on is gone on with by the next one.</param>
internal sealed class AttemptCourse(
    TaskBoard board, IAttempts attempts, TaskRoles roles, HostNotes notes, TimeProvider time, Action beginNext, CancellationToken leaving)
{
    private readonly RetryBudget _budget = new(roles.RetriesPerMinute);

    /// <summary>Attempts for which an earlier host had set a time.</summary>
    public void Expect(IEnumerable<WorkTask> open)
    {
        foreach (var task in open.Where(task => task is { Reason: WaitReason.Schedule, NotBefore: not null, LastAttempt: not null }))
        {
            _budget.Count(task.Queue, task.NotBefore!.Value);
        }
    }

    /// <summary>An attempt that an earlier host had begun.</summary>
    public async Task GoOnAsync(WorkTask task)
    {
        await Task.Yield();
        try
        {
            await SeeThroughAsync(await BegunAsync(task), null);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The next host goes on with it.
        }
    }

    /// <summary>An attempt whose claim is in the store.</summary>
    /// <param name="slot">Null where an earlier host had begun it.</param>
    public async Task SeeThroughAsync(WorkTask task, RunSlots.Slot? slot)
    {
        int number = task.LastAttempt!.Number;
        try
        {
            var end = await attempts.RunAsync(task, slot, () => board.Find(task.TaskId)?.Wish ?? StopWish.None, leaving);
            if (await SettleAsync(task.TaskId, number, end) is { } after)
            {
                await attempts.ReleaseAsync(after);
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // It goes on, or is gone on with by the next host.
        }
        catch (StoreException e) when (leaving.IsCancellationRequested)
        {
            notes.Add(new("task", $"the end of task '{task.TaskId}' is recorded by the next host: {e.Message}"));
        }
    }

    /// <summary>The task with an attempt that can be gone on with, however long the store refuses to say or to take that.</summary>
    private async Task<WorkTask> BegunAsync(WorkTask task)
    {
        while (true)
        {
            try
            {
                if (await attempts.IsBegunAsync(task.LastAttempt!, leaving))
                {
                    return task;
                }

                // Nothing of it was started, but some of it may have been prepared under its ids.
                var (runId, workerId) = attempts.Plan(task);
                return await board.ChangeAsync(task.TaskId, _ => new TaskEvent.BegunAnew(runId, workerId)) ?? task;
            }
            catch (StoreException e)
            {
                notes.Add(new("task", $"task '{task.TaskId}' cannot be gone on with now: {e.Message}", IsTrouble: true));
                await Task.Delay(TaskDispatcher.Hold, time, leaving);
            }
        }
    }

    /// <summary>Records an end, however long the store refuses it.</summary>
    private async Task<WorkTask?> SettleAsync(string taskId, int number, AttemptEnd end)
    {
        // Decided once: each decision takes a place among the retries of its minute.
        NextStep? step = null;
        while (true)
        {
            try
            {
                var settling = board.Begin(taskId, task => IsAt(task, number) ? new TaskEvent.AttemptEnded(end, step ??= StepAfter(task, end)) : null);
                beginNext();
                if (settling is not null && await board.FinishAsync(settling) is { } settled)
                {
                    return settled;
                }

                // Somebody else recorded an end; or the board was ahead of a store that had refused something.
                if (await board.RefreshAsync(taskId) is not { } row || !IsAt(row, number))
                {
                    return null;
                }
            }
            catch (StoreException) when (!leaving.IsCancellationRequested)
            {
                await Task.Delay(TaskDispatcher.Hold, time, leaving);
            }
        }
    }

    private static bool IsAt(WorkTask task, int number) => task.State == TaskState.Running && task.LastAttempt?.Number == number;

    private NextStep StepAfter(WorkTask task, AttemptEnd end)
    {
        double dice = Random.Shared.NextDouble();
        int deaths = task.Deaths + (end.Cause is AttemptCause.Crash or AttemptCause.Lost ? 1 : 0);
        var step = RetryPolicy.After(end, task.Tries, deaths, roles.RetryOf(task.Role), dice);
        return step is NextStep.Again { Delay.Ticks: > 0 } later ? _budget.Fit(later, task.Queue, time.GetUtcNow(), dice) : step;
    }
}
