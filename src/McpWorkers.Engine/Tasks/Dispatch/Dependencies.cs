using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Lets tasks go on whose predecessors are completed, and ends those of which one came to nothing.</summary>
internal sealed class Dependencies(TaskBoard board, ITaskStore store)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<string>> _after = [];
    private readonly HashSet<string> _unsure = [];

    /// <summary>Whether there are tasks of which the store could not say what they wait for.</summary>
    public bool HasUnsure
    {
        get
        {
            lock (_lock)
            {
                return _unsure.Count > 0;
            }
        }
    }

    /// <summary>Looks what a task that waits for others waits for. Where the store cannot say so now, <see cref="RetryAsync"/> asks it again.</summary>
    public async Task LookAsync(WorkTask task)
    {
        try
        {
            await JudgeAsync(task);
        }
        catch (StoreException)
        {
            lock (_lock)
            {
                _unsure.Add(task.TaskId);
            }
        }
    }

    /// <summary>To be called when a task is over, after that has become durable.</summary>
    public async Task OverAsync(string taskId)
    {
        HashSet<string>? waiting;
        lock (_lock)
        {
            _after.Remove(taskId, out waiting);
        }

        foreach (string id in waiting ?? [])
        {
            if (board.Find(id) is { } task)
            {
                await LookAsync(task);
            }
        }
    }

    public async Task RetryAsync()
    {
        List<string> unsure;
        lock (_lock)
        {
            unsure = [.. _unsure];
            _unsure.Clear();
        }

        foreach (string id in unsure)
        {
            if (board.Find(id) is { } task)
            {
                await LookAsync(task);
            }
        }
    }

    private async Task JudgeAsync(WorkTask task)
    {
        if (task is not { State: TaskState.Waiting, Reason: WaitReason.Dependency })
        {
            return;
        }

        bool waits = false;
        foreach (string id in task.After)
        {
            if (IsAwaited(id, task.TaskId))
            {
                waits = true;
                continue;
            }

            // Asked after it was looked for among the open ones: whatever is not there is over in the store, or was never there.
            var before = await store.FindAsync(id, CancellationToken.None);
            if (before is null || (before.State.IsOver() && before.State != TaskState.Completed))
            {
                string why = before is null ? "is not known any more" : $"is {before.State.ToWire()}";
                await ChangeAsync(task.TaskId, new TaskEvent.DependencyFailed($"It comes after task '{id}', which {why}."));
                return;
            }

            // Reopened between the two looks.
            waits |= before.State != TaskState.Completed && IsAwaited(id, task.TaskId);
        }

        if (!waits)
        {
            await ChangeAsync(task.TaskId, new TaskEvent.Freed());
        }
    }

    private async Task ChangeAsync(string taskId, TaskEvent happens)
    {
        if (await board.ChangeAsync(taskId, now => now.Reason == WaitReason.Dependency ? happens : null) is null && board.Find(taskId)?.Reason == WaitReason.Dependency)
        {
            // The store knew it otherwise, and the board knows it now as the store does.
            lock (_lock)
            {
                _unsure.Add(taskId);
            }
        }
    }

    /// <summary>Notes that one waits for the other, where that is open.</summary>
    private bool IsAwaited(string id, string byId)
    {
        lock (_lock)
        {
            if (board.Find(id) is null)
            {
                return false;
            }

            if (!_after.TryGetValue(id, out var waiting))
            {
                _after.Add(id, waiting = []);
            }

            waiting.Add(byId);
            return true;
        }
    }
}
