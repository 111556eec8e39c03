using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>What runs have spent, and how often more was granted. Each writing may be repeated: the same figures give the same state.</summary>
public interface ISpendingStore
{
    /// <summary>Notes what a run has spent on a day so far, in place of what was noted before. All of them or none.</summary>
    Task PutAsync(IReadOnlyList<SpentRow> rows);

    /// <summary>What one run has spent, by day, oldest first.</summary>
    Task<IReadOnlyList<SpentRow>> OfRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Everything that was spent on what the account is about.</summary>
    Task<Spending> SumAsync(BudgetAccount account, CancellationToken cancellationToken);

    /// <summary>What was spent on a day by each pool, in the order of their names.</summary>
    Task<IReadOnlyList<(string Pool, Spending Spent)>> PoolsAsync(DateOnly day, CancellationToken cancellationToken);

    /// <summary>What was granted of an account, and of which measures a warning was given; empty for neither.</summary>
    Task<IReadOnlyList<GrantRow>> GrantsAsync(BudgetAccount account, CancellationToken cancellationToken);

    /// <summary>Notes that the amount was granted so many times more. A number that is smaller than the one that is there changes nothing.</summary>
    Task GrantAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at);

    /// <summary>Notes a warning. False where it was given before: then nothing is changed, and the fact is not told.</summary>
    /// <param name="times">How often the amount had been granted: each amount is warned of by itself.</param>
    Task<bool> WarnAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at, WorkerEvent? fact = null);

    /// <summary>Forgets what was noted before then.</summary>
    Task RemoveAsync(DateTimeOffset before);
}

/// <summary>What is counted together.</summary>
/// <param name="Subject">A run's, task's or pool's name; empty for a day.</param>
/// <param name="Day">In local time, of a pool and of a day; null for the others.</param>
public readonly record struct BudgetAccount(BudgetScope Scope, string Subject, DateOnly? Day)
{
    /// <param name="runId">The first run of those in which a prompt goes on.</param>
    public static BudgetAccount OfRun(string runId) => new(BudgetScope.Run, runId, null);

    public static BudgetAccount OfTask(string taskId) => new(BudgetScope.Task, taskId, null);

    public static BudgetAccount OfPool(string pool, DateOnly day) => new(BudgetScope.Pool, pool, day);

    public static BudgetAccount OfDay(DateOnly day) => new(BudgetScope.Day, "", day);
}

/// <summary>What one run has spent on one day.</summary>
public sealed record SpentRow
{
    public required string RunId { get; init; }

    /// <summary>In the host's local time when it was spent.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The first run of those in which the prompt goes on; the run itself where there is no other.</summary>
    public required string FirstRun { get; init; }

    /// <summary>A worker type, or one with the hash of its credential.</summary>
    public required string Pool { get; init; }

    public required string WorkerType { get; init; }

    public string? TaskId { get; init; }

    public required DateTimeOffset Updated { get; init; }

    /// <summary>The run's end; null while it goes on.</summary>
    public DateTimeOffset? Settled { get; init; }

    public required Spending Spent { get; init; }
}

/// <param name="Times">How often the amount was granted once more; 0 for never.</param>
/// <param name="WarnedOf">Of which amount a warning was given, counted as <paramref name="Times"/>; null for none.</param>
public sealed record GrantRow(BudgetMeasure Measure, int Times, int? WarnedOf);
