namespace McpWorkers.Engine.Model;

/// <summary>Where a task is. The last four are ends; a person may have a task that is over tried again.</summary>
public enum TaskState
{
    /// <summary>Its turn has not come: for want of a slot, until a time, or until other tasks are over.</summary>
    Waiting,

    /// <summary>Taken out of the line until somebody or something lets it go on: a budget, a quota, a question.</summary>
    Parked,

    /// <summary>An attempt at it goes on.</summary>
    Running,
    Completed,

    /// <summary>It failed in a way that another attempt would not change, or has used up its attempts, or what it depends on came to nothing.</summary>
    Failed,
    Cancelled,

    /// <summary>Its workers died so often that it is not tried any more by itself: a dead letter.</summary>
    Dead,
}

/// <summary>What a task that is waiting or parked waits for.</summary>
public enum WaitReason
{
    /// <summary>A place among the tasks that go on: of the host, of its role, of its worker type; or the queue is paused.</summary>
    Slot,

    /// <summary>A time: one that was asked for, or the one before which it is not tried again.</summary>
    Schedule,

    /// <summary>Other tasks.</summary>
    Dependency,

    /// <summary>The agent's service gives no more for a while.</summary>
    Quota,

    /// <summary>What may be spent is spent.</summary>
    Budget,

    /// <summary>An answer to a question that its agent asked.</summary>
    Request,

    /// <summary>A person's leave to go on.</summary>
    Approval,
}

/// <summary>What is served first. Among equals the older task goes first.</summary>
public enum TaskPriority
{
    High,
    Normal,
    Low,
}

/// <summary>The names of all that on the wire: lower case English words.</summary>
public static class TaskNames
{
    public static IReadOnlyList<string> States { get; } = [.. Enum.GetValues<TaskState>().Select(ToWire)];

    public static IReadOnlyList<string> Priorities { get; } = [.. Enum.GetValues<TaskPriority>().Select(ToWire)];

    public static string ToWire(this TaskState state) => state switch
    {
        TaskState.Waiting => "waiting",
        TaskState.Parked => "parked",
        TaskState.Running => "running",
        TaskState.Completed => "completed",
        TaskState.Failed => "failed",
        TaskState.Cancelled => "cancelled",
        TaskState.Dead => "dead",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static string ToWire(this WaitReason reason) => reason switch
    {
        WaitReason.Slot => "slot",
        WaitReason.Schedule => "schedule",
        WaitReason.Dependency => "dependency",
        WaitReason.Quota => "quota",
        WaitReason.Budget => "budget",
        WaitReason.Request => "request",
        WaitReason.Approval => "approval",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static string ToWire(this TaskPriority priority) => priority switch
    {
        TaskPriority.High => "high",
        TaskPriority.Normal => "normal",
        TaskPriority.Low => "low",
        _ => throw new ArgumentOutOfRangeException(nameof(priority), priority, null),
    };

    /// <summary>The queue that a priority stands for: <c>high_priority</c>, <c>default</c>, <c>low_priority</c>.</summary>
    public static string Queue(this TaskPriority priority) => priority switch
    {
        TaskPriority.High => "high_priority",
        TaskPriority.Normal => "default",
        TaskPriority.Low => "low_priority",
        _ => throw new ArgumentOutOfRangeException(nameof(priority), priority, null),
    };

    public static bool TryParse(string? name, out TaskState state) => WireName.TryFind(name, ToWire, out state);

    public static bool TryParse(string? name, out WaitReason reason) => WireName.TryFind(name, ToWire, out reason);

    public static bool TryParse(string? name, out TaskPriority priority) => WireName.TryFind(name, ToWire, out priority);

    /// <summary>Nothing more happens to it by itself.</summary>
    public static bool IsOver(this TaskState state) =>
        state is TaskState.Completed or TaskState.Failed or TaskState.Cancelled or TaskState.Dead;
}
