namespace McpWorkers.Engine.Events;

/// <summary>
/// The notes of a host. Those from before anybody listens are kept, as many as a walk over what was left may make, and told to the one
/// who comes.
/// </summary>
public sealed class HostNotes
{
    private const int KeptMax = 1000;

    private readonly Lock _lock = new();
    private readonly Queue<HostNote> _early = new();
    private Action<HostNote>? _listener;

    /// <summary>Never throws for want of a listener.</summary>
    public void Add(HostNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        Action<HostNote>? listener;
        lock (_lock)
        {
            listener = _listener;
            if (listener is null)
            {
                _early.Enqueue(note);
                if (_early.Count > KeptMax)
                {
                    _early.Dequeue();
                }
            }
        }

        listener?.Invoke(note);
    }

    /// <param name="listener">Told of each from the first on; must be quick and must not throw. The last one set is the only one.</param>
    public void Listen(Action<HostNote> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        List<HostNote> early;
        lock (_lock)
        {
            early = [.. _early];
            _early.Clear();
            _listener = listener;
        }

        early.ForEach(listener);
    }
}
