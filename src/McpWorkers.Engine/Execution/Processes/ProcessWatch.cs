namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Whether one process lives: asked forty times a second for each run, so by the cheapest way that the system has.</summary>
internal sealed class ProcessWatch(ProcessKey key)
{
    private readonly Lock _lock = new();
    private ProcessDescriptor? _descriptor;
    private bool _begun;
    private bool _ended;

    /// <summary>Once it is false it stays so, whoever gets the id then. A zombie does not live.</summary>
    public bool Lives
    {
        get
        {
            lock (_lock)
            {
                if (!_begun)
                {
                    // Opened first, and only then looked at: so it is sure to be the one that is meant.
                    _descriptor = ProcessDescriptor.TryOpen(key.Pid);
                    _ended = !IsThere();
                    _begun = true;
                }

                _ended = _ended || (_descriptor is { } descriptor ? descriptor.HasEnded : !IsThere());
                if (_ended)
                {
                    _descriptor?.Dispose();
                }

                return !_ended;
            }
        }
    }

    private bool IsThere() => ProcessPlatform.Find(key.Pid) is { IsZombie: false } entry && entry.Key == key;
}
