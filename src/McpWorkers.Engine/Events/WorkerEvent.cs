using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Events;

/// <summary>An immutable numbered fact about a worker.</summary>
/// <param name="Number">Counted from 1 within the host.</param>
/// <param name="Status">The worker's status after it.</param>
/// <param name="Text">One line for a person; no control characters.</param>
public sealed record WorkerEvent(
    long Number, DateTimeOffset Time, WorkerEventKind Kind, string WorkerId, string? RunId, WorkerStatus Status, string Text);

public enum WorkerEventKind
{
    Spawned,
    Queued,
    Started,

    /// <summary>Something went on in the run: a text, a tool call, a retry.</summary>
    Activity,
    Settled,
    Closed,
}
