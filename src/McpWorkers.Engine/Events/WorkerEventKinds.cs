namespace McpWorkers.Engine.Events;

/// <summary>The names of the kinds of events, in the store as at every door.</summary>
public static class WorkerEventKinds
{
    private static readonly Dictionary<WorkerEventKind, string> Names = new()
    {
        [WorkerEventKind.Spawned] = "spawned",
        [WorkerEventKind.Queued] = "queued",
        [WorkerEventKind.Started] = "started",
        [WorkerEventKind.Activity] = "activity",
        [WorkerEventKind.Settled] = "settled",
        [WorkerEventKind.Closed] = "closed",
    };

    private static readonly Dictionary<string, WorkerEventKind> Kinds = Names.ToDictionary(named => named.Value, named => named.Key);

    public static string ToWire(this WorkerEventKind kind) => Names[kind];

    public static bool TryParse(string name, out WorkerEventKind kind) => Kinds.TryGetValue(name, out kind);
}
