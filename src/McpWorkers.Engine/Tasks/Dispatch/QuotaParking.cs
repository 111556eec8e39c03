using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// Takes tasks out of the line whose pool gives no more, and puts them back: one to probe, and all once that was answered. What keeps them from being begun
/// is the choice; that they are parked is for whoever looks.
/// </summary>
/// <param name="mayBegin">Whether a task of a pool may be begun as far as its role, its type and what may be spent are concerned.</param>
internal sealed class QuotaParking(TaskBoard board, PoolGate gate, Func<TaskCandidate, bool> mayBegin)
{
    /// <summary>Of one pool. Behind so many the others wait in the line, where they are not chosen either.</summary>
    public const int ParkedMax = 1000;

    /// <summary>Whether there is anything to do at all.</summary>
    public bool IsIdle
    {
        get
        {
            lock (board.Gate)
            {
                return board.Parked.Pools.Count == 0 && gate.Holds.Count == 0;
            }
        }
    }

    /// <exception cref="Storage.StoreException">The store did not take it.</exception>
    public async Task RunOnceAsync()
    {
        if (IsIdle)
        {
            return;
        }

        List<BoardChange> changes = [];
        lock (board.Gate)
        {
            var holds = gate.Holds.ToDictionary(hold => hold.Pool);
            foreach (string pool in board.Parked.Pools.Where(pool => !holds.ContainsKey(pool)).ToList())
            {
                Begin(board.Parked.All(pool), task => IsParked(task) ? new TaskEvent.Unparked() : null);
            }

            foreach (var (pool, hold) in holds)
            {
                if (hold.MayBegin)
                {
                    // One is enough, if it can begin: others, whose role is at its limit, must not keep the probe from it.
                    bool isThere = board.Line.Heads.Any(head => head.Account == pool && mayBegin(head));
                    Begin(!isThere && board.Parked.First(pool, mayBegin) is { } first ? [first] : [], task => IsParked(task) ? new TaskEvent.Unparked() : null);
                }
                else
                {
                    Begin(board.Line.OfAccount(pool, ParkedMax - board.Parked.Count(pool)), _ => new TaskEvent.Parked(WaitReason.Quota, hold.Text));
                }
            }
        }

        await Task.WhenAll(changes.Select(board.FinishAsync));

        void Begin(IReadOnlyList<string> tasks, Func<WorkTask, TaskEvent?> choose) =>
            changes.AddRange(tasks.Select(id => board.Begin(id, choose)).OfType<BoardChange>());
    }

    /// <summary>A task as it is to be shown: why it waits is said as it is now.</summary>
    public WorkTask Shown(WorkTask task) =>
        task is { State: TaskState.Waiting, Reason: WaitReason.Slot } or { State: TaskState.Parked, Reason: WaitReason.Quota }
        && board.AccountOf(task.TaskId) is { } account && gate.HoldOf(account) is { } hold
            ? task with { Reason = WaitReason.Quota, Detail = hold.Text, NotBefore = hold.Stand == PoolStand.Open ? hold.Breaker.Until : null }
            : task;

    private static bool IsParked(WorkTask task) => task is { State: TaskState.Parked, Reason: WaitReason.Quota };
}
