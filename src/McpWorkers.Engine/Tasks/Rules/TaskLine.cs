using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>
/// The tasks that wait for nothing but a slot. Those that are alike for the choice stand in one line by age, so that it looks at few however
/// many wait. For one thread at a time.
/// </summary>
internal sealed class TaskLine
{
    private readonly Dictionary<(TaskPriority, string, string, string, string), SortedDictionary<long, TaskCandidate>> _lines = [];

    public int Count { get; private set; }

    /// <summary>The oldest of each line.</summary>
    public IEnumerable<TaskCandidate> Heads
    {
        get
        {
            foreach (var line in _lines.Values)
            {
                foreach (var (_, first) in line)
                {
                    yield return first;
                    break;
                }
            }
        }
    }

    public void Add(TaskCandidate task)
    {
        if (!_lines.TryGetValue(KeyOf(task), out var line))
        {
            _lines.Add(KeyOf(task), line = []);
        }

        line.Add(task.Position, task);
        Count++;
    }

    public void Remove(TaskCandidate task)
    {
        if (_lines.TryGetValue(KeyOf(task), out var line) && line.Remove(task.Position))
        {
            Count--;
            if (line.Count == 0)
            {
                _lines.Remove(KeyOf(task));
            }
        }
    }

    public int CountOfRole(string role) => _lines.Where(line => line.Key.Item2 == role).Sum(line => line.Value.Count);

    /// <summary>The oldest of each line, at most so many in all.</summary>
    public IReadOnlyList<string> OfAccount(string account, int max) =>
        [.. _lines.Where(line => line.Key.Item5 == account).SelectMany(line => line.Value.Values).Take(Math.Max(0, max)).Select(task => task.TaskId)];

    private static (TaskPriority, string, string, string, string) KeyOf(TaskCandidate task) => (task.Priority, task.Role, task.WorkerType, task.Pool, task.Account);
}
