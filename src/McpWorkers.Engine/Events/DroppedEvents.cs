namespace McpWorkers.Engine.Events;

/// <summary>What a subscriber lost because it was slow: how many, and from where on their logs tell it again.</summary>
public sealed class DroppedEvents
{
    /// <summary>More runs at once than a host has; beyond it a run is left out, whose log its reader then reads from the beginning.</summary>
    private const int RunsMax = 1000;

    private readonly Lock _lock = new();
    private Dictionary<string, long> _logs = [];
    private long _count;

    internal void Add(WorkerEvent lost)
    {
        lock (_lock)
        {
            _count++;
            if (lost is { RunId: { } run, LogCursor: { } cursor } && _logs.Count < RunsMax)
            {
                // The first one that was lost counts: from there on the log has all of them.
                _logs.TryAdd(run, cursor);
            }
        }
    }

    /// <summary>What was lost since this was last asked; null for nothing.</summary>
    public Loss? Take()
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                return null;
            }

            var loss = new Loss(_count, _logs);
            _count = 0;
            _logs = [];
            return loss;
        }
    }

    /// <param name="Count">Of events, those that the store has among them.</param>
    /// <param name="Logs">By run: the cursor in its log from which on there is all that was lost of it.</param>
    public sealed record Loss(long Count, IReadOnlyDictionary<string, long> Logs);
}
