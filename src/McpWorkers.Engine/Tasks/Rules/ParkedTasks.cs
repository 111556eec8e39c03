namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>The tasks that are parked until their pool gives something again, by pool, in the order in which they come back. For one thread at a time.</summary>
internal sealed class ParkedTasks
{
    private readonly Dictionary<string, SortedDictionary<(int Priority, long Position, string TaskId), TaskCandidate>> _pools = [];

    public IReadOnlyCollection<string> Pools => _pools.Keys;

    public int Count(string pool) => _pools.TryGetValue(pool, out var parked) ? parked.Count : 0;

    public IReadOnlyList<string> All(string pool) => _pools.TryGetValue(pool, out var parked) ? [.. parked.Values.Select(each => each.TaskId)] : [];

    /// <summary>The first that meets a condition; null where none does.</summary>
    public string? First(string pool, Func<TaskCandidate, bool> condition) => _pools.GetValueOrDefault(pool)?.Values.FirstOrDefault(condition)?.TaskId;

    public void Add(TaskCandidate task)
    {
        if (!_pools.TryGetValue(task.Account, out var parked))
        {
            _pools.Add(task.Account, parked = []);
        }

        parked[KeyOf(task)] = task;
    }

    public void Remove(TaskCandidate task)
    {
        if (_pools.TryGetValue(task.Account, out var parked) && parked.Remove(KeyOf(task)) && parked.Count == 0)
        {
            _pools.Remove(task.Account);
        }
    }

    private static (int, long, string) KeyOf(TaskCandidate task) => ((int)task.Priority, task.Position, task.TaskId);
}
