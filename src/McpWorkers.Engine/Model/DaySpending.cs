namespace McpWorkers.Engine.Model;

/// <summary>What was spent on one day of the host's local time.</summary>
/// <param name="Since">Its first moment.</param>
/// <param name="Until">The first moment of the next one.</param>
/// <param name="All">All runs together.</param>
/// <param name="Pools">In the order of their names: those that have spent something, or have a bound.</param>
public sealed record DaySpending(DateOnly Day, DateTimeOffset Since, DateTimeOffset Until, AccountSpending All, IReadOnlyList<PoolSpending> Pools);

/// <param name="Pool">A worker type, or one with the hash of its credential.</param>
public sealed record PoolSpending(string Pool, AccountSpending Account);

/// <summary>What was spent of a budget.</summary>
/// <param name="Budget">As the settings have it.</param>
/// <param name="Granted">How often an amount of it was granted once more.</param>
public sealed record AccountSpending(Spending Spent, Budget Budget, IReadOnlyDictionary<BudgetMeasure, int> Granted)
{
    /// <summary>What may be spent with all that was granted; null where there is no bound.</summary>
    public decimal? Bound(BudgetMeasure measure) => Budget.Of(measure) * (1 + Granted.GetValueOrDefault(measure));
}
