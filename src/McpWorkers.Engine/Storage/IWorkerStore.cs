using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>
/// Workers, runs and their life-cycle facts. Each write adds its fact (<see cref="WorkerEvent"/>) in the same transaction. Writes are put in
/// line when they are called, before the first await: what is called first is committed first.
/// </summary>
public interface IWorkerStore
{
    /// <summary>The open workers, oldest first, each with its last settled run; and the runs that are not settled, in order of acceptance.</summary>
    Task<StoreContents> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Adds all of them or none. Facts: <c>Spawned</c>, the text being the type's name.</summary>
    Task AddWorkersAsync(IReadOnlyList<StoredWorker> workers);

    /// <summary>Adds all of them or none, state <see cref="RunState.Accepted"/>. Facts: <c>Queued</c>.</summary>
    Task AcceptAsync(IReadOnlyList<StoredRun> runs);

    /// <summary>Notes the launch; the prompt is dropped from the store, since the run directory holds it. Fact: <c>Started</c>.</summary>
    Task LaunchedAsync(string runId, DateTimeOffset at);

    /// <summary>
    /// Settles a run and moves its worker's session on. False where it was settled already: then nothing is changed. Fact: <c>Settled</c>, the
    /// text being the run's status.
    /// </summary>
    Task<bool> SettleAsync(SettledRun run);

    /// <summary>
    /// Notes that the results of these runs were handed out, and with them those of the runs that they go on with: until then those lead to them. Unknown
    /// ids and those noted before are passed over.
    /// </summary>
    Task CollectedAsync(IReadOnlyList<string> runIds, DateTimeOffset at);

    /// <summary>False where it is unknown or closed already. Fact: <c>Closed</c>.</summary>
    /// <param name="why">A line for a person.</param>
    Task<bool> CloseAsync(string workerId, string why, DateTimeOffset at);

    /// <summary>Null where it is not known.</summary>
    Task<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Of runs that are settled, those of closed workers among them; the longest settled first.</summary>
    Task<IReadOnlyList<RetainedRun>> SettledRunsAsync(CancellationToken cancellationToken);

    /// <summary>Forgets settled runs, and closed workers that have none left.</summary>
    Task RemoveAsync(IReadOnlyList<string> runIds);

    /// <summary>Adds a fact that belongs to no other write.</summary>
    Task AddFactAsync(WorkerEvent fact);

    /// <summary>Facts with a number above the cursor, in order.</summary>
    /// <param name="after">0 for all that are kept.</param>
    /// <param name="max">1–10,000.</param>
    Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken);

    /// <summary>Forgets facts older than that; their numbers are never given again.</summary>
    Task RemoveEventsAsync(DateTimeOffset before);
}

/// <param name="Workers">Oldest first.</param>
/// <param name="Unsettled">In order of acceptance.</param>
/// <param name="LastEvent">Number of the last fact; 0 for none.</param>
public sealed record StoreContents(IReadOnlyList<StoredWorker> Workers, IReadOnlyList<StoredRun> Unsettled, long LastEvent);

/// <summary>A spawned worker.</summary>
public sealed record StoredWorker
{
    public required string WorkerId { get; init; }

    public required string WorkerType { get; init; }

    public required string Agent { get; init; }

    public required string WorkingDirectory { get; init; }

    public string? Model { get; init; }

    /// <summary>Null: the type's own.</summary>
    public Permission? Permission { get; init; }

    /// <summary>The run from within which it was spawned: it ends with that run.</summary>
    public string? ParentRun { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The session that the next run resumes; null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>What that session had used up, by the agent's own cumulative count.</summary>
    public Usage SessionUsage { get; init; } = Usage.None;

    public decimal SessionCostUsd { get; init; }

    public int RunsDone { get; init; }

    /// <summary>Set by loading only: the run that was settled last.</summary>
    public StoredRun? LastRun { get; init; }
}

public enum RunState
{
    /// <summary>Stored, perhaps launched: only its run directory tells.</summary>
    Accepted,
    Launched,
    Settled,
}

/// <summary>A run as the store knows it.</summary>
public sealed record StoredRun
{
    public required string RunId { get; init; }

    public required string WorkerId { get; init; }

    /// <summary>Null once it is launched.</summary>
    public string? Prompt { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required DateTimeOffset Accepted { get; init; }

    /// <summary>The run before it whose session and task it goes on with, once an answer had come; null for none.</summary>
    public string? Continues { get; init; }

    /// <summary>What bounds it, and the task that it counts for.</summary>
    public RunBudget Budget { get; init; } = RunBudget.None;

    public RunState State { get; init; }

    /// <summary>Its result without the output, once settled: <see cref="WorkerResult.ToJson"/> less <c>output</c>.</summary>
    public JsonObject? Result { get; init; }

    public DateTimeOffset? Settled { get; init; }

    /// <summary>When its result was first handed out.</summary>
    public DateTimeOffset? Collected { get; init; }
}

/// <summary>How a run ended, and what it leaves for its worker.</summary>
public sealed record SettledRun
{
    public required string RunId { get; init; }

    public required string WorkerId { get; init; }

    /// <summary>Of the run.</summary>
    public required WorkerStatus Status { get; init; }

    /// <inheritdoc cref="StoredRun.Result"/>
    public required JsonObject Result { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The session to resume from now on; null for none.</summary>
    public string? SessionId { get; init; }

    public Usage SessionUsage { get; init; } = Usage.None;

    public decimal SessionCostUsd { get; init; }
}

/// <summary>A settled run, as far as keeping it is concerned.</summary>
/// <param name="Collected">Its result was handed out.</param>
/// <param name="IsLast">It is the last run of a worker that is open.</param>
public sealed record RetainedRun(string RunId, string WorkerId, DateTimeOffset Settled, bool Collected, bool IsLast);

/// <param name="Facts">In order of their numbers.</param>
/// <param name="Gap">Facts between the cursor and the first one given are kept no more.</param>
/// <param name="Last">The highest number that the store has given so far.</param>
public sealed record EventPage(IReadOnlyList<WorkerEvent> Facts, bool Gap, long Last);
