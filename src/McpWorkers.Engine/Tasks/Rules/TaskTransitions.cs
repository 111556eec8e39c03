using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>Which event may happen in which state, and what becomes of the task. Pure. What is not in the table cannot happen.</summary>
internal static class TaskTransitions
{
    /// <summary>Before a task is offered again that the host could not take on.</summary>
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);

    /// <returns>Null where the event cannot happen to a task in this state.</returns>
    public static WorkTask? Apply(WorkTask task, TaskEvent happened, DateTimeOffset now) => Move(task, happened, now) is { } moved
        ? moved with { Revision = task.Revision + 1 }
        : null;

    private static WorkTask? Move(WorkTask task, TaskEvent happened, DateTimeOffset now) => (task.State, happened) switch
    {
        (TaskState.Waiting, TaskEvent.Freed) when task.Reason != WaitReason.Slot => Waiting(task, now),
        (TaskState.Waiting or TaskState.Parked, TaskEvent.DependencyFailed failed) => Over(task, TaskState.Failed, failed.Detail, now),
        (TaskState.Waiting, TaskEvent.Claimed claimed) when task.Reason == WaitReason.Slot => Running(task, claimed, now),
        (TaskState.Running, TaskEvent.BegunAnew anew) => WithLast(task, last => last with { RunId = anew.RunId, WorkerId = anew.WorkerId, Started = now }),
        (TaskState.Running, TaskEvent.AttemptEnded ended) => Ended(task, ended, now),
        (TaskState.Waiting, TaskEvent.Parked parked) => task with { State = TaskState.Parked, Reason = parked.Reason, Detail = parked.Detail },
        (TaskState.Parked, TaskEvent.Unparked) => Unparked(task, now),
        (TaskState.Waiting or TaskState.Parked, TaskEvent.CancelAsked cancel) => Over(task, TaskState.Cancelled, cancel.Detail, now),
        (TaskState.Running, TaskEvent.CancelAsked cancel) when task.Wish != StopWish.Cancel => task with { Wish = StopWish.Cancel, Detail = cancel.Detail },
        (TaskState.Running, TaskEvent.HandBackAsked) when task.Wish == StopWish.None => task with { Wish = StopWish.HandBack },
        (TaskState.Failed or TaskState.Cancelled or TaskState.Dead, TaskEvent.RetryAsked) => Reopened(task),
        (TaskState.Waiting or TaskState.Parked, TaskEvent.Edited edited) => Edited(task, edited, now),
        _ => null,
    };

    /// <summary>In line: until its time where that is to come, else for a slot.</summary>
    private static WorkTask Waiting(WorkTask task, DateTimeOffset now) => task with
    {
        State = TaskState.Waiting,
        Reason = task.NotBefore > now ? WaitReason.Schedule : WaitReason.Slot,
    };

    /// <summary>One that waited for leave has not looked yet at what it comes after.</summary>
    private static WorkTask Unparked(WorkTask task, DateTimeOffset now) => task.Reason == WaitReason.Approval && task.After.Count > 0
        ? task with { State = TaskState.Waiting, Reason = WaitReason.Dependency, Detail = "" }
        : Waiting(task with { Detail = "" }, now);

    private static WorkTask Running(WorkTask task, TaskEvent.Claimed claimed, DateTimeOffset now)
    {
        // What the host could not even take on left nothing behind: its number is used again.
        var before = task.LastAttempt is { Cause: AttemptCause.HostBusy } ? task.Attempts.SkipLast(1) : task.Attempts;
        var attempts = before.ToList();
        return task with
        {
            State = TaskState.Running,
            Reason = null,
            Detail = "",
            NotBefore = null,
            Wish = StopWish.None,
            Started = task.Started ?? now,
            Attempts = [.. attempts, new TaskAttempt(attempts.Count + 1, claimed.RunId, claimed.WorkerId, now)],
        };
    }

    private static WorkTask Ended(WorkTask task, TaskEvent.AttemptEnded ended, DateTimeOffset now)
    {
        var end = ended.End;
        bool isHandedBack = end.Outcome == AttemptOutcome.HandedBack || (task.Wish == StopWish.HandBack && end.Outcome == AttemptOutcome.Cancelled);
        var outcome = isHandedBack ? AttemptOutcome.HandedBack : end.Outcome;
        var done = WithLast(task, last => last with { Finished = now, Outcome = outcome, Cause = end.Cause, Detail = end.Detail });
        return (end.Outcome, task.Wish, ended.Next) switch
        {
            // What was done is done, also where somebody wanted to stop it a moment later.
            (AttemptOutcome.Completed, _, _) => Over(done, TaskState.Completed, "", now),
            (_, StopWish.Cancel, _) => Over(done, TaskState.Cancelled, task.Detail, now),
            (_, StopWish.None, NextStep.Park park) => done with
            {
                State = TaskState.Parked,
                Reason = park.Reason,
                Detail = end.Detail,
                NotBefore = null,
            },
            _ when isHandedBack => Waiting(
                done with { Wish = StopWish.None, Detail = end.Detail, NotBefore = end.Cause == AttemptCause.HostBusy ? now + BusyPause : null }, now),
            (_, _, NextStep.Again again) => Waiting(
                done with { Wish = StopWish.None, Detail = end.Detail, NotBefore = again.Delay > TimeSpan.Zero ? now + again.Delay : null }, now),
            (_, _, NextStep.Park) => Waiting(done with { Wish = StopWish.None, Detail = end.Detail, NotBefore = null }, now),
            (_, _, NextStep.Finish finish) => Over(done, finish.State, end.Detail, now),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static WorkTask Over(WorkTask task, TaskState state, string detail, DateTimeOffset now) =>
        task with { State = state, Reason = null, Detail = detail, NotBefore = null, Wish = StopWish.None, Finished = now };

    /// <summary>It comes after the same tasks as before: whether those are completed is looked at anew.</summary>
    private static WorkTask Reopened(WorkTask task) => task with
    {
        State = task.Spec.Autonomy == AutonomyLevel.HumanRequired ? TaskState.Parked : TaskState.Waiting,
        Reason = task.Spec.Autonomy == AutonomyLevel.HumanRequired ? WaitReason.Approval
            : task.After.Count > 0 ? WaitReason.Dependency : WaitReason.Slot,
        Detail = "",
        Finished = null,

        // The number of one that the host could not take on is used again, and counts then.
        AttemptsForgiven = task.LastAttempt is { Cause: AttemptCause.HostBusy } ? task.Attempts.Count - 1 : task.Attempts.Count,
    };

    private static WorkTask Edited(WorkTask task, TaskEvent.Edited edited, DateTimeOffset now)
    {
        var edit = edited.Edit;
        var changed = task with
        {
            Prompt = edit.Prompt ?? task.Prompt,
            Priority = edit.Priority ?? task.Priority,
            Queue = edited.Queue,
            NotBefore = edit.At ?? task.NotBefore,
            Spec = task.Spec with
            {
                WorkerType = edit.WorkerType ?? task.Spec.WorkerType,
                Model = edit.Model ?? task.Spec.Model,
                Timeout = edit.Timeout ?? task.Spec.Timeout,
                Verify = edit.Verify ?? task.Spec.Verify,
            },
        };
        if (task.Spec.Autonomy == AutonomyLevel.HumanRequired && IsOtherWork(task, changed))
        {
            // Leave that was given is none for this, whatever it waits for by now.
            return changed with { State = TaskState.Parked, Reason = WaitReason.Approval, Detail = "" };
        }

        return task.State == TaskState.Waiting && task.Reason != WaitReason.Dependency ? Waiting(changed, now) : changed;
    }

    /// <summary>Whether something else would be run than before; when, and in which order, is not asked about.</summary>
    private static bool IsOtherWork(WorkTask before, WorkTask after) =>
        before.Prompt != after.Prompt
        || !before.Spec.Verify.SequenceEqual(after.Spec.Verify)
        || before.Spec != after.Spec with { Verify = before.Spec.Verify };

    private static WorkTask WithLast(WorkTask task, Func<TaskAttempt, TaskAttempt> change) =>
        task with { Attempts = [.. task.Attempts.SkipLast(1), change(task.LastAttempt!)] };
}
