using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>For which requests a call of an agent waits at this moment: what is allowed then is that call alone. By the requests' keys; for any thread.</summary>
internal sealed class HeldCalls
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _held = [];

    /// <summary>Holds a call's own request, or one of the same call that nobody waits for any more.</summary>
    /// <param name="key">Under which it would be asked for itself.</param>
    /// <param name="same">What is pending for exactly such a call.</param>
    /// <returns>Null where it is to be asked for itself; that is held then.</returns>
    public WorkerRequest? Take(string key, List<WorkerRequest> same)
    {
        lock (_lock)
        {
            var taken = same.Find(request => request.Key == key) ?? same.Find(request => !_held.ContainsKey(request.Key));
            string held = taken?.Key ?? key;
            _held[held] = _held.GetValueOrDefault(held) + 1;
            return taken;
        }
    }

    /// <summary>A call waits no more. Harmless for what was never held.</summary>
    public void Release(string key)
    {
        lock (_lock)
        {
            int left = _held.GetValueOrDefault(key) - 1;
            if (left > 0)
            {
                _held[key] = left;
            }
            else
            {
                _held.Remove(key);
            }
        }
    }
}
