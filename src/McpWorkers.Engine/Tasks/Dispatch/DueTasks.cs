using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Tasks that wait for a time, the earliest first. For one thread at a time.</summary>
/// <param name="find">A task that is open; null for any other.</param>
internal sealed class DueTasks(Func<string, WorkTask?> find)
{
    private readonly PriorityQueue<string, DateTimeOffset> _line = new();

    /// <summary>Null where none waits.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            while (_line.TryPeek(out string? id, out var at))
            {
                if (IsDueAt(id, at))
                {
                    return at;
                }

                _line.Dequeue();
            }

            return null;
        }
    }

    public void Add(string taskId, DateTimeOffset at) => _line.Enqueue(taskId, at);

    /// <summary>Takes out those whose time has come.</summary>
    public IReadOnlyList<string> Take(DateTimeOffset now)
    {
        List<string> due = [];
        while (_line.TryPeek(out string? id, out var at) && at <= now)
        {
            _line.Dequeue();
            if (IsDueAt(id, now))
            {
                due.Add(id);
            }
        }

        return due;
    }

    /// <summary>False for one that was cancelled, edited or freed since its time was noted: it has another one, or none.</summary>
    private bool IsDueAt(string taskId, DateTimeOffset at) =>
        find(taskId) is { State: TaskState.Waiting, Reason: WaitReason.Schedule } task && !(task.NotBefore > at);
}
