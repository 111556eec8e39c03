using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Events;

/// <summary>A fact about a worker.</summary>
/// <param name="Number">
/// Counted from 1 within the data directory, for as long as it lives. An activity is no fact that is kept: it carries the number of the last
/// fact before it.
/// </param>
/// <param name="Status">The worker's status after it.</param>
/// <param name="Text">One line for a person; no control characters.</param>
public sealed record WorkerEvent(
    long Number, DateTimeOffset Time, WorkerEventKind Kind, string WorkerId, string? RunId, WorkerStatus Status, string Text)
{
    /// <summary>Of an activity: where in its run's log it is, in bytes; a page of the log from there on begins with it. Null where it is in none.</summary>
    public long? LogCursor { get; init; }
}

public enum WorkerEventKind
{
    Spawned,
    Queued,
    Started,

    /// <summary>Something went on in the run: a text, a tool call, a retry. Told as it happens, never stored.</summary>
    Activity,
    Settled,
    Closed,
}
