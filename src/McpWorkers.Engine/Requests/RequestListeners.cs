using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>Who is told of requests.</summary>
internal sealed class RequestListeners
{
    private readonly Lock _lock = new();
    private readonly List<Action<WorkerRequest>> _listeners = [];

    /// <returns>Dispose it to hear no more.</returns>
    public IDisposable Add(Action<WorkerRequest> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_lock)
        {
            _listeners.Add(listener);
        }

        return new Place(this, listener);
    }

    public void Tell(WorkerRequest request)
    {
        Action<WorkerRequest>[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            listener(request);
        }
    }

    private sealed class Place(RequestListeners all, Action<WorkerRequest> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (all._lock)
            {
                all._listeners.Remove(listener);
            }
        }
    }
}
