using McpWorkers.Engine.Events;

namespace McpWorkers.Engine.Storage.Memory;

/// <summary>The facts of a process's life, the oldest forgotten beyond a bound. Not safe for threads: its owner locks.</summary>
internal sealed class MemoryFacts
{
    /// <summary>How many are kept: a few megabytes.</summary>
    public const int Max = 10_000;

    private readonly Queue<WorkerEvent> _kept = new();

    public long Last { get; private set; }

    /// <summary>The oldest number that is kept; 0 where none is.</summary>
    public long First => _kept.TryPeek(out var first) ? first.Number : 0;

    public IEnumerable<WorkerEvent> Kept => _kept;

    /// <summary>As the fact of its spawning says; null where that is forgotten.</summary>
    public string? TypeOf(string workerId) => _kept.FirstOrDefault(fact => fact.Kind == WorkerEventKind.Spawned && fact.WorkerId == workerId)?.Text;

    /// <summary>As numbered.</summary>
    public IReadOnlyList<WorkerEvent> Add(IEnumerable<WorkerEvent> facts)
    {
        List<WorkerEvent> numbered = [.. facts.Select(fact => fact with { Number = ++Last })];
        foreach (var fact in numbered)
        {
            _kept.Enqueue(fact);
            if (_kept.Count > Max)
            {
                _kept.Dequeue();
            }
        }

        return numbered;
    }

    public EventPage After(long cursor, int max)
    {
        Facts.CheckPage(cursor, max);
        long passed = _kept.TryPeek(out var first) ? cursor - first.Number + 1 : 0;
        return Facts.Page(cursor, [.. _kept.Skip((int)Math.Clamp(passed, 0, _kept.Count)).Take(max)], Last);
    }

    /// <summary>Up to the first that stays, so that there is never a hole in between.</summary>
    public void Remove(DateTimeOffset before)
    {
        while (_kept.TryPeek(out var first) && first.Time < before)
        {
            _kept.Dequeue();
        }
    }
}
