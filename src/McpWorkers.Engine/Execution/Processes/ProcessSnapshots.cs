namespace McpWorkers.Engine.Execution.Processes;

/// <summary>One reading of the process table for all runs of the host: a reading costs milliseconds, and a hundred runs want one.</summary>
internal sealed class ProcessSnapshots(TimeProvider time)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private IReadOnlyList<ProcessEntry> _table = [];
    private Dictionary<int, ProcessEntry>? _byId;
    private long _read;

    /// <summary>The table, at most a second old.</summary>
    public IReadOnlyList<ProcessEntry> Recent()
    {
        lock (_lock)
        {
            if (_read == 0 || time.GetElapsedTime(_read) > AgeMax)
            {
                _table = ProcessPlatform.Table();
                _byId = null;
                _read = time.GetTimestamp();
            }

            return _table;
        }
    }

    /// <summary>The same, with its entries by process id; made once for each table.</summary>
    public (IReadOnlyList<ProcessEntry> Table, IReadOnlyDictionary<int, ProcessEntry> ById) RecentById()
    {
        lock (_lock)
        {
            var table = Recent();
            if (_byId is null)
            {
                _byId = new(table.Count);
                foreach (var entry in table)
                {
                    _byId[entry.Key.Pid] = entry;
                }
            }

            return (table, _byId);
        }
    }
}
