namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Who wants to hear of changes.</summary>
internal sealed class TaskListeners
{
    private readonly Lock _lock = new();
    private Action<TaskChanged>[] _all = [];

    public IDisposable Add(Action<TaskChanged> listener)
    {
        lock (_lock)
        {
            _all = [.. _all, listener];
        }

        return new Listening(() =>
        {
            lock (_lock)
            {
                _all = [.. _all.Where(each => each != listener)];
            }
        });
    }

    public void Tell(TaskChanged change)
    {
        foreach (var listener in Volatile.Read(ref _all))
        {
            listener(change);
        }
    }

    private sealed class Listening(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
