using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>How the queue stands.</summary>
/// <param name="PausedSince">Null where it goes on.</param>
/// <param name="Tasks">How many there are in each state; states without a task are there with 0.</param>
/// <param name="Roles">By name: how many go on, how many wait and could be begun were there a slot, and how many may go on at once.</param>
/// <param name="SlotsTaken">Runs that go on or are being begun, direct ones among them.</param>
/// <param name="SlotsMax">The setting max_concurrent_workers.</param>
/// <param name="NextDue">When the next task that waits for a time is due; null where there is none.</param>
public sealed record QueueStatus(
    DateTimeOffset? PausedSince, IReadOnlyDictionary<TaskState, long> Tasks, IReadOnlyDictionary<string, RoleLoad> Roles, int SlotsTaken, int SlotsMax,
    DateTimeOffset? NextDue);

/// <param name="Limit">How many may go on at once.</param>
public sealed record RoleLoad(int Running, int Ready, int Limit);

/// <summary>What was stopped. Nothing of it is lost.</summary>
/// <param name="TasksHandedBack">Their attempts were stopped, and they wait again, in a paused queue.</param>
/// <param name="RunsCancelled">Of workers that were given their prompt directly; what they had said is kept as their result.</param>
public sealed record StopAllResult(int TasksHandedBack, int RunsCancelled);

/// <summary>Something changed at a task. It is durable already.</summary>
/// <param name="Task">As it is now.</param>
/// <param name="Before">Null where it was just added.</param>
public sealed record TaskChanged(WorkTask Task, TaskState? Before);
