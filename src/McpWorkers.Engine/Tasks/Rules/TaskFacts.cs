using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>What is told of each change of a task or the queue. Pure.</summary>
internal static class TaskFacts
{
    /// <returns>Null for what is told by what it leads to: somebody wants an attempt stopped.</returns>
    public static WorkerEvent? Of(TaskEvent happened, WorkTask task, DateTimeOffset now) => KindOf(happened, task) is { } kind
        ? WorkerEvent.OfQueue(now, kind, OneLine.Of(TextOf(kind, happened, task)), RunOf(happened, task), new(task.TaskId, task.State, task.ParentRun))
        : null;

    /// <param name="isPaused">Whether it stands from now on.</param>
    public static WorkerEvent OfQueue(bool isPaused, DateTimeOffset now) => isPaused
        ? WorkerEvent.OfQueue(now, WorkerEventKind.QueuePaused, "no further task is begun")
        : WorkerEvent.OfQueue(now, WorkerEventKind.QueueResumed, "tasks are begun again");

    /// <param name="taskId">The task that it added.</param>
    /// <param name="how">Such as <c>added late</c>.</param>
    public static WorkerEvent OfSchedule(Schedule schedule, string taskId, string how, DateTimeOffset now) =>
        WorkerEvent.OfQueue(now, WorkerEventKind.ScheduleFired, OneLine.Of($"{schedule.Name}: {how}"), task: new(taskId, State: null));

    private static WorkerEventKind? KindOf(TaskEvent happened, WorkTask task) => (happened, task.State) switch
    {
        (TaskEvent.CancelAsked or TaskEvent.HandBackAsked, TaskState.Running) => null,
        (TaskEvent.Edited, _) => WorkerEventKind.TaskEdited,
        (TaskEvent.AttemptEnded, TaskState.Waiting) when task.LastAttempt!.Outcome == AttemptOutcome.HandedBack => WorkerEventKind.TaskHandedBack,
        (_, TaskState.Running) => WorkerEventKind.TaskStarted,
        (_, TaskState.Waiting) => WorkerEventKind.TaskWaiting,
        (_, TaskState.Parked) => WorkerEventKind.TaskParked,
        (_, TaskState.Completed) => WorkerEventKind.TaskCompleted,
        (_, TaskState.Failed) => WorkerEventKind.TaskFailed,
        (_, TaskState.Cancelled) => WorkerEventKind.TaskCancelled,
        (_, TaskState.Dead) => WorkerEventKind.TaskDead,
        _ => throw new ArgumentOutOfRangeException(nameof(task), task.State, null),
    };

    /// <summary>Of the attempt that begins or ends with it.</summary>
    private static string? RunOf(TaskEvent happened, WorkTask task) =>
        happened is TaskEvent.Claimed or TaskEvent.BegunAnew or TaskEvent.AttemptEnded ? task.LastAttempt!.RunId : null;

    private static string TextOf(WorkerEventKind kind, TaskEvent happened, WorkTask task) => kind switch
    {
        WorkerEventKind.TaskEdited => $"{task.Role}, {task.Queue}; {WaitOf(task)}",
        WorkerEventKind.TaskStarted => Number(task),
        WorkerEventKind.TaskCompleted => Number(task),
        WorkerEventKind.TaskHandedBack => With($"{Number(task)} does not count; {WaitOf(task)}", task.Detail),
        WorkerEventKind.TaskParked => With(task.Reason!.Value.ToWire(), task.Detail),
        WorkerEventKind.TaskWaiting => happened switch
        {
            TaskEvent.AttemptEnded ended => With($"{Number(task)} ended as {task.LastAttempt!.Outcome!.Value.ToWire()} ({ended.End.Cause.ToWire()}); {WaitOf(task)}", task.Detail),
            TaskEvent.RetryAsked => $"to be tried again; {WaitOf(task)}",
            _ => WaitOf(task),
        },
        _ => task.Detail,
    };

    private static string Number(WorkTask task) => string.Create(CultureInfo.InvariantCulture, $"attempt {task.LastAttempt!.Number}");

    private static string WaitOf(WorkTask task) => (task.State, task.Reason) switch
    {
        (TaskState.Parked, { } reason) => $"parked for {reason.ToWire()}",
        (_, WaitReason.Schedule) => $"waits until {task.NotBefore!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}",
        (_, WaitReason.Dependency) => "waits for other tasks",
        _ => "waits for a slot",
    };

    private static string With(string text, string detail) => detail.Length == 0 ? text : $"{text}: {detail}";
}
