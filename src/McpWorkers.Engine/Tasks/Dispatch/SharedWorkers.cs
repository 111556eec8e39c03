using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// Workers whose place is prepared and whose task is done, for the next task of the same kind. Known to this host only: an earlier one's are
/// closed at the start.
/// </summary>
internal sealed class SharedWorkers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stack<string>> _free = [];
    private readonly Dictionary<string, int> _uses = [];

    /// <summary>What two tasks must have in common to be done in one place.</summary>
    public static string KindOf(WorkTask task) => string.Join('\n', [
        task.Role, task.Spec.WorkerType, task.Spec.Model, task.Spec.Permission?.ToWire(), task.Spec.WorkingDirectory, task.Spec.Workspace?.ToString(),
        task.Spec.Launcher?.ToWire(), task.Spec.Image, task.Spec.Environment, task.ParentRun, .. task.Spec.Verify]);

    /// <summary>Null where there is none.</summary>
    public string? TryTake(WorkTask task)
    {
        lock (_lock)
        {
            return _free.TryGetValue(KindOf(task), out var free) && free.TryPop(out string? worker) ? worker : null;
        }
    }

    /// <summary>Whether there is one.</summary>
    public bool Has(WorkTask task)
    {
        lock (_lock)
        {
            return _free.TryGetValue(KindOf(task), out var free) && free.Count > 0;
        }
    }

    /// <summary>After a task that it has done.</summary>
    /// <param name="usesMax">So many tasks may it do in all.</param>
    /// <returns>False where it has done enough: it is to be closed.</returns>
    public bool TryKeep(WorkTask task, string workerId, int usesMax)
    {
        lock (_lock)
        {
            int uses = _uses[workerId] = _uses.GetValueOrDefault(workerId) + 1;
            if (uses >= usesMax)
            {
                _uses.Remove(workerId);
                return false;
            }

            if (!_free.TryGetValue(KindOf(task), out var free))
            {
                _free.Add(KindOf(task), free = []);
            }

            free.Push(workerId);
            return true;
        }
    }

    public void Forget(string workerId)
    {
        lock (_lock)
        {
            _uses.Remove(workerId);
        }
    }

    /// <summary>Takes out one that is free, so that it can be closed to make room; null where none is.</summary>
    public string? TakeAny()
    {
        lock (_lock)
        {
            foreach (var free in _free.Values)
            {
                if (free.TryPop(out string? worker))
                {
                    _uses.Remove(worker);
                    return worker;
                }
            }

            return null;
        }
    }
}
