namespace McpWorkers.Engine.Events;

/// <summary>The names of the kinds of events, in the store as at every door.</summary>
public static class WorkerEventKinds
{
    private static readonly Dictionary<WorkerEventKind, string> Names = new()
    {
        [WorkerEventKind.Spawned] = "spawned",
        [WorkerEventKind.Queued] = "queued",
        [WorkerEventKind.Started] = "started",
        [WorkerEventKind.Activity] = "activity",
        [WorkerEventKind.Settled] = "settled",
        [WorkerEventKind.RequestAsked] = "request_asked",
        [WorkerEventKind.RequestDecided] = "request_decided",
        [WorkerEventKind.BudgetWarned] = "budget_warned",
        [WorkerEventKind.ArtifactShared] = "artifact_shared",
        [WorkerEventKind.Closed] = "closed",
        [WorkerEventKind.TaskAdded] = "task_added",
        [WorkerEventKind.TaskEdited] = "task_edited",
        [WorkerEventKind.TaskStarted] = "task_started",
        [WorkerEventKind.TaskWaiting] = "task_waiting",
        [WorkerEventKind.TaskHandedBack] = "task_handed_back",
        [WorkerEventKind.TaskParked] = "task_parked",
        [WorkerEventKind.TaskCompleted] = "task_completed",
        [WorkerEventKind.TaskFailed] = "task_failed",
        [WorkerEventKind.TaskCancelled] = "task_cancelled",
        [WorkerEventKind.TaskDead] = "task_dead",
        [WorkerEventKind.QueuePaused] = "queue_paused",
        [WorkerEventKind.QueueResumed] = "queue_resumed",
        [WorkerEventKind.ScheduleFired] = "schedule_fired",
        [WorkerEventKind.PoolParked] = "pool_parked",
        [WorkerEventKind.PoolResumed] = "pool_resumed",
    };

    private static readonly Dictionary<string, WorkerEventKind> Kinds = Names.ToDictionary(named => named.Value, named => named.Key);

    /// <summary>In the order of a life.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<WorkerEventKind>().Select(kind => Names[kind])];

    public static string ToWire(this WorkerEventKind kind) => Names[kind];

    /// <summary>About a worker, and so with its id and its status.</summary>
    public static bool IsOfWorker(this WorkerEventKind kind) => kind <= WorkerEventKind.Closed;

    public static bool TryParse(string name, out WorkerEventKind kind) => Kinds.TryGetValue(name, out kind);
}
