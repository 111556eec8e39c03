using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>The fact that belongs to each write. Its number is 0 until the store gives it one.</summary>
internal static class Facts
{
    public static WorkerEvent Spawned(StoredWorker worker) =>
        new(0, worker.Created, WorkerEventKind.Spawned, worker.WorkerId, null, WorkerStatus.Pending, worker.WorkerType);

    public static WorkerEvent Queued(StoredRun run) =>
        new(0, run.Accepted, WorkerEventKind.Queued, run.WorkerId, run.RunId, WorkerStatus.Starting, "accepted");

    public static WorkerEvent Started(string workerId, string runId, DateTimeOffset at) =>
        new(0, at, WorkerEventKind.Started, workerId, runId, WorkerStatus.Running, "started");

    public static WorkerEvent Settled(SettledRun run) =>
        new(0, run.At, WorkerEventKind.Settled, run.WorkerId, run.RunId, run.Status, run.Status.ToWire());

    /// <param name="status">Of its last settled run; pending where it had none.</param>
    public static WorkerEvent Closed(string workerId, WorkerStatus status, string why, DateTimeOffset at) =>
        new(0, at, WorkerEventKind.Closed, workerId, null, status, why);

    public static WorkerEvent Added(WorkTask task) => WorkerEvent.OfQueue(
        task.Created, WorkerEventKind.TaskAdded, $"{task.Role}, {task.Queue}", task: new(task.TaskId, task.State, task.ParentRun));

    /// <summary>What both stores say of a cursor.</summary>
    /// <param name="kept">The facts above the cursor that are still kept, from the first on.</param>
    /// <param name="last">The highest number given so far.</param>
    public static EventPage Page(long after, IReadOnlyList<WorkerEvent> kept, long last)
    {
        // A cursor beyond the last fact is another store's: whoever holds it has to look anew too.
        bool gap = kept.Count > 0 ? kept[0].Number > after + 1 : last != after;
        return new(kept, gap, last);
    }

    public static void CheckPage(long after, int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 10_000);
    }
}
