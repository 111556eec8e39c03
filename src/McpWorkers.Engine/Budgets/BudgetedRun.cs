using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Budgets;

/// <summary>A run, as far as its spending is concerned.</summary>
internal sealed record BudgetedRun
{
    public required string RunId { get; init; }

    /// <summary>The runs whose session it goes on with after an answer, the latest first.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>The first of the runs in which its prompt goes on; null until the keeper has looked.</summary>
    public string? FirstRun { get; init; }

    public required string WorkerId { get; init; }

    public required string WorkerType { get; init; }

    public required string Agent { get; init; }

    /// <summary>A worker type, or one with the hash of its credential.</summary>
    public required string Pool { get; init; }

    public string? TaskId { get; init; }

    /// <summary>As far as it is known before the agent says so.</summary>
    public string? Model { get; init; }

    public required AgentCapabilities Capabilities { get; init; }

    /// <summary>Of the prompt: the type's and the caller's, the smaller amounts.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>Of the task: its role's and its caller's, the smaller amounts.</summary>
    public Budget TaskBudget { get; init; } = Budget.None;

    /// <summary>Of its pool, for a day.</summary>
    public Budget PoolBudget { get; init; } = Budget.None;

    /// <summary>It is taken up again while it waits for an answer: its time stands still until <see cref="RunMeter.Release"/>.</summary>
    public bool IsHeld { get; init; }

    /// <summary>It is taken up again after its process ended, which no host saw: its time stands still, but for what is told at its settling.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Everything that it counts for on that day, with or without a bound.</summary>
    /// <param name="dayBudget">Of all runs of a day.</param>
    public IReadOnlyList<BudgetLine> Lines(DateOnly day, Budget dayBudget) =>
    [
        new(BudgetAccount.OfRun(FirstRun ?? RunId), Budget),
        .. TaskId is { } task ? [new BudgetLine(BudgetAccount.OfTask(task), TaskBudget)] : Array.Empty<BudgetLine>(),
        new(BudgetAccount.OfPool(Pool, day), PoolBudget),
        new(BudgetAccount.OfDay(day), dayBudget),
    ];

    /// <summary>Whether its agent ever says how much of that it uses. One that does not adds nothing, so that ending it would save nothing.</summary>
    public bool Counts(BudgetMeasure measure) =>
        measure is BudgetMeasure.Turns or BudgetMeasure.Minutes || Capabilities.Usage != UsageReporting.None;
}

/// <summary>An account with its bound.</summary>
internal readonly record struct BudgetLine(BudgetAccount Account, Budget Budget);
