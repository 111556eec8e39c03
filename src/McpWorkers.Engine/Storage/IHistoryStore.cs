using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>Questions about what was: runs, sums over them, and facts. Answered without reading results, and only as far as runs are kept.</summary>
public interface IHistoryStore
{
    /// <summary>Runs, the one that was accepted last first; those that go on among them.</summary>
    Task<PastRuns> RunsAsync(RunQuery query, CancellationToken cancellationToken);

    /// <summary>Null where it is not known.</summary>
    Task<PastRun?> FindRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>A row for each status, type or day that there is, in the order of the keys.</summary>
    /// <param name="since">Accepted then or later; null for no bound.</param>
    /// <param name="until">Accepted before; null for no bound.</param>
    Task<IReadOnlyList<RunTotal>> TotalsAsync(TotalsBy by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken);

    /// <summary>Facts that match, in the order of their numbers.</summary>
    Task<PastFacts> FactsAsync(FactQuery query, CancellationToken cancellationToken);
}

/// <summary>Which runs; what is null does not choose.</summary>
public sealed record RunQuery
{
    public const int LimitMax = 1000;

    public WorkerStatus? Status { get; init; }

    public string? WorkerType { get; init; }

    public string? WorkerId { get; init; }

    /// <summary>Accepted then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Accepted before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only those accepted before the run with this <see cref="PastRun.Position"/>.</summary>
    public long? Before { get; init; }

    /// <summary>1–1000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Which facts; what is null does not choose.</summary>
public sealed record FactQuery
{
    public const int LimitMax = 1000;

    /// <summary>The worker's or the task's status after the fact, as on the wire.</summary>
    public string? Status { get; init; }

    /// <summary>Of the worker that a fact is about: those about tasks have none.</summary>
    public string? WorkerType { get; init; }

    public string? WorkerId { get; init; }

    /// <summary>Not together with <see cref="WorkerId"/>: a fact is about one thing.</summary>
    public string? TaskId { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>The first ones with a number above it; null for the last ones that there are.</summary>
    public long? After { get; init; }

    /// <summary>1–1000.</summary>
    public int Limit { get; init; } = 100;
}

/// <param name="NextBefore">For <see cref="RunQuery.Before"/> of the next page; null where there is none.</param>
public sealed record PastRuns(IReadOnlyList<PastRun> Runs, long? NextBefore);

/// <summary>A run in few words.</summary>
/// <param name="Position">Counted as runs are accepted.</param>
/// <param name="WorkerType">Null where nobody knows it any more.</param>
/// <param name="Status">Starting, running, or as it ended.</param>
/// <param name="Figures">What its result says; empty until it is settled.</param>
public sealed record PastRun(
    long Position, string RunId, string WorkerId, string? WorkerType, string? Agent, WorkerStatus Status, DateTimeOffset Accepted, DateTimeOffset? Started,
    DateTimeOffset? Finished, RunFigures Figures);

public enum TotalsBy
{
    Status,
    Type,

    /// <summary>The day in UTC on which a run was accepted.</summary>
    Day,
}

/// <param name="Key">A status, a type (empty where it is not known), or a day as <c>2026-03-01</c>.</param>
/// <param name="Runs">All, those that go on among them.</param>
/// <param name="Seconds">Of all that are settled, together.</param>
public sealed record RunTotal(
    string Key, long Runs, long Completed, long Failed, long Timeout, long Cancelled, long InputTokens, long OutputTokens, long TotalTokens, decimal CostUsd,
    double Seconds)
{
    /// <summary>All rows together.</summary>
    public static RunTotal Sum(IReadOnlyList<RunTotal> rows) => new(
        "",
        rows.Sum(row => row.Runs),
        rows.Sum(row => row.Completed),
        rows.Sum(row => row.Failed),
        rows.Sum(row => row.Timeout),
        rows.Sum(row => row.Cancelled),
        rows.Sum(row => row.InputTokens),
        rows.Sum(row => row.OutputTokens),
        rows.Sum(row => row.TotalTokens),
        rows.Sum(row => row.CostUsd),
        rows.Sum(row => row.Seconds));
}

/// <param name="Last">All facts up to this number were looked at: the cursor to go on from.</param>
/// <param name="Gap">Facts between the cursor that was given and the oldest one that is kept are gone.</param>
public sealed record PastFacts(IReadOnlyList<PastFact> Facts, long Last, bool Gap);

/// <param name="WorkerType">Null where nobody knows it any more.</param>
public sealed record PastFact(WorkerEvent Fact, string? WorkerType);
