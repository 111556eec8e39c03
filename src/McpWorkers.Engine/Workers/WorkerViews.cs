using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers;

/// <summary>A worker as it is at one moment.</summary>
public sealed record WorkerSnapshot
{
    public required string WorkerId { get; init; }

    public required string WorkerType { get; init; }

    public required string Agent { get; init; }

    public required WorkerStatus Status { get; init; }

    public required string WorkingDirectory { get; init; }

    public WorkspaceKind Workspace { get; init; }

    /// <summary>Of its worktree or clone.</summary>
    public string? Branch { get; init; }

    public LauncherKind Launcher { get; init; }

    /// <summary>Of its containers.</summary>
    public string? Image { get; init; }

    public string? Model { get; init; }

    public string? SessionId { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The run that goes on, else the last one.</summary>
    public string? RunId { get; init; }

    /// <summary>When that run was launched.</summary>
    public DateTimeOffset? RunStarted { get; init; }

    /// <summary>Since launch; after the end the run's duration.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What the run waits for beside its turn, such as an answer; null for nothing.</summary>
    public WaitingFor? WaitingFor { get; init; }

    /// <summary>Prompts that wait for their turn on this worker.</summary>
    public int Waiting { get; init; }

    public int RunsDone { get; init; }

    /// <summary>What it does now, in one line without control characters: a tool with its input, or the last text.</summary>
    public string Activity { get; init; } = "";

    /// <summary>Tokens of the run, as far as known.</summary>
    public Usage? Usage { get; init; }

    public decimal? CostUsd { get; init; }

    /// <summary>What it uses of the machine; null where nothing runs, or nothing is known yet.</summary>
    public WorkerLoad? Load { get; init; }

    /// <summary>It has a result that has not been collected.</summary>
    public bool HasResult { get; init; }

    /// <summary>Says that a type is the simulated one.</summary>
    public bool Simulated { get; init; }
}

/// <summary>What closing a worker did.</summary>
/// <param name="StoppedRun">A run was going on and was stopped.</param>
/// <param name="Error">Null after a success.</param>
public sealed record CloseResult(bool Success, string WorkerId, bool StoppedRun, string? Error);

/// <summary>A worker type, and whether this machine can run it.</summary>
/// <param name="Executable">Absolute path, or null where it is missing.</param>
/// <param name="Missing">Why it cannot run, with the remedy. Null where it can.</param>
public sealed record WorkerTypeView(WorkerType Type, string? Executable, string? Missing, AgentCapabilities Capabilities, bool IsDefault)
{
    /// <summary>How the agent is told the type's permission, in its own flags; empty where it knows no permissions.</summary>
    public string PermissionFlags { get; init; } = "";

    /// <summary>What its runs may use of the machine, and how that is held here.</summary>
    public IReadOnlyList<HeldLimit> Limits { get; init; } = [];
}

public sealed record WorkerHealth
{
    /// <summary><c>healthy</c>, <c>disabled</c> or <c>degraded</c> (the default type cannot run).</summary>
    public required string Status { get; init; }

    /// <summary>Workers that exist.</summary>
    public required int Workers { get; init; }

    /// <summary>Runs that go on now.</summary>
    public required int RunsActive { get; init; }

    /// <summary>Runs that wait for a slot.</summary>
    public required int RunsWaiting { get; init; }

    /// <summary>Runs that wait until their pool's service gives something again.</summary>
    public int RunsParked { get; init; }

    public required int MaxConcurrent { get; init; }

    public required int MaxWorkers { get; init; }

    public required string DefaultType { get; init; }

    /// <summary>How many workers there are in each state, by wire name.</summary>
    public required IReadOnlyDictionary<string, int> ByStatus { get; init; }

    public required string DataDirectory { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The pools that give no more for a while.</summary>
    public IReadOnlyList<PoolHold> Held { get; init; } = [];

    /// <summary>What keeps the workers; a transient host has none that outlives it.</summary>
    public required StoreInfo Store { get; init; }
}

/// <summary>A page of a run's output.</summary>
/// <param name="Text">From the cursor on.</param>
/// <param name="Cursor">Where the page began, in characters.</param>
/// <param name="NextCursor">Where the next page begins; null after the last one.</param>
/// <param name="TotalLength">The whole length, in characters.</param>
/// <param name="IsFinal">The run is settled: its text changes no more.</param>
public sealed record OutputPage(string Text, long Cursor, long? NextCursor, long TotalLength, bool IsFinal = true);

/// <summary>A run that was accepted: it is stored, and goes on whatever becomes of its caller.</summary>
public sealed record RunTicket(string RunId, string WorkerId);

/// <summary>One item of a batch: its run, or the result of an item that was refused. Exactly one of them is there.</summary>
public sealed record BatchItem(RunTicket? Run, WorkerResult? Refused);

/// <summary>A run as it is at one moment.</summary>
/// <param name="Status">Starting, running, or how it ended.</param>
/// <param name="Result">Once it is settled; of a run that goes on, what there is so far.</param>
public sealed record RunView(string RunId, string WorkerId, WorkerStatus Status, WorkerResult Result)
{
    public bool IsSettled => Status.IsSettled();
}

/// <summary>A page of what went on in a run, parsed from its raw output.</summary>
/// <param name="Cursor">Where the page began, in bytes of <c>stdout.ndjson</c>.</param>
/// <param name="NextCursor">Where the next page begins; the same as the cursor where there is nothing new yet.</param>
/// <param name="IsOver">The run is settled and the page reaches its end.</param>
public sealed record RunLogPage(IReadOnlyList<RunLogLine> Lines, long Cursor, long NextCursor, bool IsOver);

/// <summary>A piece of a run's raw output.</summary>
/// <param name="NextCursor">Where the next piece begins, in bytes; the same as before where there is nothing new yet.</param>
/// <param name="IsOver">The run is settled and the piece reaches the end.</param>
public sealed record RawLogPage(ReadOnlyMemory<byte> Bytes, long NextCursor, bool IsOver);

/// <param name="Offset">Of the line of raw output that it came from, in bytes.</param>
/// <param name="Kind"><c>text</c>, <c>thinking</c>, <c>tool_call</c>, <c>tool_result</c>, <c>tool_error</c>,
/// <c>error</c>, <c>retry</c>, <c>rate_limit</c>, <c>session</c>, <c>denied</c>, <c>result</c>.</param>
/// <param name="Text">As the agent wrote it: may hold line feeds and control characters.</param>
public sealed record RunLogLine(long Offset, string Kind, string Text);

/// <summary>A call that was answered with a handle.</summary>
/// <param name="CallId">128 random bits, hexadecimal.</param>
/// <param name="Kind">The caller's own word for it.</param>
public sealed record CallView(string CallId, string Kind, DateTimeOffset Created, IReadOnlyList<RunView> Runs)
{
    public bool IsOver => Runs.All(run => run.IsSettled);
}

/// <summary>What N workers made of one task.</summary>
public sealed record OrchestrationResult
{
    public required IReadOnlyList<WorkerResult> Results { get; init; }

    public required int Succeeded { get; init; }

    public required int Failed { get; init; }

    public required TimeSpan Duration { get; init; }

    public Usage? Usage { get; init; }

    public decimal? CostUsd { get; init; }

    public bool AllSucceeded => Failed == 0 && Succeeded > 0;

    /// <summary><c>{status, succeeded, failed, duration_seconds, usage, cost_usd, results}</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["status"] = AllSucceeded ? "completed" : Succeeded > 0 ? "partial" : "failed",
        ["succeeded"] = Succeeded,
        ["failed"] = Failed,
        ["duration_seconds"] = Math.Round(Duration.TotalSeconds, 3),
        ["cost_usd"] = CostUsd,
        ["results"] = new JsonArray([.. Results.Select(r => (JsonNode)r.ToJson())]),
    };
}

/// <summary>What a store was made of anew.</summary>
/// <param name="Workers">That are open.</param>
/// <param name="Settled">Runs with their results.</param>
/// <param name="Unsettled">Runs that the next daemon adopts.</param>
public sealed record StoreRebuilt(int Workers, int Settled, int Unsettled)
{
    /// <summary>Tasks that the old store still told.</summary>
    public int Tasks { get; init; }

    /// <summary>Schedules that the old store still told.</summary>
    public int Schedules { get; init; }

    /// <summary>What the old store held and nobody can read any more, in words.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];
}
