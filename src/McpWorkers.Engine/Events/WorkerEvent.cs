using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Events;

/// <summary>A fact about a worker, a task or the queue.</summary>
/// <param name="Number">
/// Counted from 1 within the data directory, for as long as it lives. An activity is no fact that is kept: it carries the number of the last
/// fact before it.
/// </param>
/// <param name="WorkerId">Empty where it is about no worker.</param>
/// <param name="Status">The worker's status after it; says nothing where it is about no worker.</param>
/// <param name="Text">One line for a person; no control characters.</param>
public sealed record WorkerEvent(
    long Number, DateTimeOffset Time, WorkerEventKind Kind, string WorkerId, string? RunId, WorkerStatus Status, string Text)
{
    /// <summary>Of an activity: where in its run's log it is, in bytes; a page of the log from there on begins with it. Null where it is in none.</summary>
    public long? LogCursor { get; init; }

    /// <summary>The task that it is about; null for none.</summary>
    public TaskFact? Task { get; init; }

    /// <summary>On the wire: of the worker or the task after it; null for a fact about the queue or a schedule.</summary>
    public string? StatusName => Task?.State?.ToWire() ?? (Kind.IsOfWorker() ? Status.ToWire() : null);

    /// <summary>A fact about no worker.</summary>
    public static WorkerEvent OfQueue(DateTimeOffset time, WorkerEventKind kind, string text, string? runId = null, TaskFact? task = null) =>
        new(0, time, kind, "", runId, WorkerStatus.Pending, text) { Task = task };
}

/// <param name="State">After the fact; null where that says nothing of it.</param>
/// <param name="ParentRun">The run from within which the task was added, and which alone may know of it beside the user; null for none.</param>
public sealed record TaskFact(string TaskId, TaskState? State, string? ParentRun = null);

public enum WorkerEventKind
{
    Spawned,
    Queued,
    Started,

    /// <summary>Something went on in the run: a text, a tool call, a retry. Told as it happens, never stored.</summary>
    Activity,
    Settled,

    /// <summary>The run asks something, and waits for the answer.</summary>
    RequestAsked,
    RequestDecided,

    /// <summary>Most of what may be spent is spent.</summary>
    BudgetWarned,

    /// <summary>The run points out a file that it has made.</summary>
    ArtifactShared,
    Closed,

    TaskAdded,

    /// <summary>What was asked for was changed.</summary>
    TaskEdited,

    /// <summary>An attempt begins, as the run that is named.</summary>
    TaskStarted,

    /// <summary>What it waits for has changed, or it waits again.</summary>
    TaskWaiting,

    /// <summary>It waits again, and the attempt does not count.</summary>
    TaskHandedBack,
    TaskParked,
    TaskCompleted,
    TaskFailed,
    TaskCancelled,
    TaskDead,
    QueuePaused,
    QueueResumed,

    /// <summary>A schedule added the task that is named.</summary>
    ScheduleFired,

    /// <summary>A pool's service gives no more for a while: what needs it waits.</summary>
    PoolParked,
    PoolResumed,
}
