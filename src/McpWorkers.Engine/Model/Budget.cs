namespace McpWorkers.Engine.Model;

/// <summary>What may be spent at most. What is null is not bounded; every amount is above zero.</summary>
public sealed record Budget
{
    public const decimal UsdMin = 0.0001m;
    public const decimal UsdMax = 1_000_000m;
    public const long TokensMax = 1_000_000_000_000;
    public const int TurnsMax = 1_000_000;

    /// <summary>A year; the least is a hundredth of a minute.</summary>
    public const decimal MinutesMax = 525_600m;
    public const decimal MinutesMin = 0.01m;

    public decimal? Usd { get; init; }

    /// <summary>All that went in and came out, as <see cref="Usage.Total"/>.</summary>
    public long? Tokens { get; init; }

    /// <summary>Requests to the model, as the agent counts them.</summary>
    public int? Turns { get; init; }

    /// <summary>Of running; what a run waits for an answer is not counted.</summary>
    public TimeSpan? Minutes { get; init; }

    public static Budget None { get; } = new();

    public bool IsNone => this == None;

    /// <summary>Whether it can only be held where the agent says what it uses.</summary>
    public bool NeedsUsage => Usd is not null || Tokens is not null;

    /// <summary>Of each measure the smaller amount: a second budget can narrow the first one and never widen it.</summary>
    public static Budget Least(Budget? one, Budget? other) => one is null ? other ?? None : other is null ? one : new()
    {
        Usd = Least(one.Usd, other.Usd),
        Tokens = Least(one.Tokens, other.Tokens),
        Turns = Least(one.Turns, other.Turns),
        Minutes = Least(one.Minutes, other.Minutes),
    };

    /// <summary>The bound of one measure, in its own unit; null where it has none.</summary>
    public decimal? Of(BudgetMeasure measure) => measure switch
    {
        BudgetMeasure.Usd => Usd,
        BudgetMeasure.Tokens => Tokens,
        BudgetMeasure.Turns => Turns,
        BudgetMeasure.Minutes => Minutes is { } time ? (decimal)time.Ticks / TimeSpan.TicksPerMinute : null,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, null),
    };

    private static T? Least<T>(T? one, T? other)
        where T : struct, IComparable<T> =>
        one is { } a && other is { } b ? (a.CompareTo(b) < 0 ? a : b) : one ?? other;
}

/// <summary>What a budget counts.</summary>
public enum BudgetMeasure
{
    Usd,
    Tokens,
    Turns,
    Minutes,
}

/// <summary>What a budget is about.</summary>
public enum BudgetScope
{
    /// <summary>One prompt, with all runs in which it goes on.</summary>
    Run,

    /// <summary>A task, with all its attempts.</summary>
    Task,

    /// <summary>A worker type with one credential, on one day.</summary>
    Pool,

    /// <summary>All runs of one day, in the host's local time.</summary>
    Day,
}

/// <summary>The names of all that on the wire.</summary>
public static class BudgetNames
{
    public static string ToWire(this BudgetMeasure measure) => measure switch
    {
        BudgetMeasure.Usd => "usd",
        BudgetMeasure.Tokens => "tokens",
        BudgetMeasure.Turns => "turns",
        BudgetMeasure.Minutes => "minutes",
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, null),
    };

    public static string ToWire(this BudgetScope scope) => scope switch
    {
        BudgetScope.Run => "run",
        BudgetScope.Task => "task",
        BudgetScope.Pool => "pool",
        BudgetScope.Day => "day",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };

    public static bool TryParse(string? name, out BudgetMeasure measure) => WireName.TryFind(name, ToWire, out measure);

    public static bool TryParse(string? name, out BudgetScope scope) => WireName.TryFind(name, ToWire, out scope);
}
