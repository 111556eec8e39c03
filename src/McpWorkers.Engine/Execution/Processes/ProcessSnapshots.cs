namespace McpWorkers.Engine.Execution.Processes;

/// <summary>One reading of the process table for all runs of the host: a reading costs milliseconds, and a hundred runs want one.</summary>
internal sealed class ProcessSnapshots(TimeProvider time)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private IReadOnlyList<ProcessEntry> _table = [];
    private long _read;

    /// <summary>The table, at most a second old.</summary>
    public IReadOnlyList<ProcessEntry> Recent()
    {
        lock (_lock)
        {
            if (_read == 0 || time.GetElapsedTime(_read) > AgeMax)
            {
                _table = ProcessPlatform.Table();
                _read = time.GetTimestamp();
            }

            return _table;
        }
    }
}
