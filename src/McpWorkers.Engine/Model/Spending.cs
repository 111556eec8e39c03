namespace McpWorkers.Engine.Model;

/// <summary>What was spent.</summary>
/// <param name="Usd">Null where nobody knows.</param>
/// <param name="IsEstimate">Some of the USD are our own reckoning by the price table, and no figure of an agent.</param>
/// <param name="Tokens">Null where nobody knows.</param>
public readonly record struct Spending(decimal? Usd, bool IsEstimate, long? Tokens, int Turns, TimeSpan Time)
{
    public static Spending None => default;

    public static Spending operator +(Spending a, Spending b) => new(
        Sum(a.Usd, b.Usd), a.IsEstimate || b.IsEstimate, Sum(a.Tokens, b.Tokens), a.Turns + b.Turns, a.Time + b.Time);

    /// <summary>What <paramref name="a"/> has on top of <paramref name="b"/>; below zero where it has less.</summary>
    public static Spending operator -(Spending a, Spending b) => new(
        Sum(a.Usd, -b.Usd), a.IsEstimate, Sum(a.Tokens, -b.Tokens), a.Turns - b.Turns, a.Time - b.Time);

    /// <summary>One measure in its own unit; zero where nobody knows.</summary>
    public decimal Of(BudgetMeasure measure) => measure switch
    {
        BudgetMeasure.Usd => Usd ?? 0,
        BudgetMeasure.Tokens => Tokens ?? 0,
        BudgetMeasure.Turns => Turns,
        BudgetMeasure.Minutes => (decimal)Time.Ticks / TimeSpan.TicksPerMinute,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, null),
    };

    private static decimal? Sum(decimal? a, decimal? b) => a is null && b is null ? null : (a ?? 0) + (b ?? 0);

    private static long? Sum(long? a, long? b) => a is null && b is null ? null : (a ?? 0) + (b ?? 0);
}
