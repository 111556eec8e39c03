using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Budgets;

/// <summary>What may be spent is spent, of one or more measures. The run is to be interrupted, and somebody asked.</summary>
internal sealed record BudgetBreach(string RunId, IReadOnlyList<SpentMeasure> Spent)
{
    private const string KeyWord = "budget";
    private const char AgainMark = '+';

    /// <summary>The key of the request: the same for the same amounts, and another one once they were granted anew.</summary>
    public string Key => string.Join(' ', [KeyWord, RunId, .. Spent.Select(spent => spent.ToKey())]);

    /// <summary>The key of another request about the same amounts, where those before it are over.</summary>
    /// <param name="times">How many there were; zero gives the key itself.</param>
    public static string KeyAgain(string key, int times) => times == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key} {AgainMark}{times}");

    /// <summary>For a person, in a sentence.</summary>
    public string Text => $"{Said} Go on with as much again?";

    /// <summary>The same without the question: the run's reason for its end where nobody lets it go on.</summary>
    public string Said => string.Join(' ', Spent.Select(spent => $"{spent}."));

    /// <summary>When there is more of all of them by itself; null where some have to be granted.</summary>
    public DateTimeOffset? Until(TimeZoneInfo zone) => Spent.All(spent => spent.Account.Day is not null)
        ? Spent.Select(spent => LocalDay.End(spent.Account.Day!.Value, zone)).Max()
        : null;

    /// <summary>What a request was about.</summary>
    /// <param name="key">As <see cref="Key"/>.</param>
    public static bool TryParse(string key, [NotNullWhen(true)] out string? runId, out IReadOnlyList<(BudgetAccount Account, BudgetMeasure Measure, int Times)> granted)
    {
        runId = null;
        granted = [];
        if (key.Split(' ') is not [KeyWord, var run, _, ..] words)
        {
            return false;
        }

        var items = words[2..].Where(word => !word.StartsWith(AgainMark)).Select(SpentMeasure.OfKey).ToList();
        if (items.Contains(null))
        {
            return false;
        }

        runId = run;
        granted = [.. items.Select(item => item!.Value)];
        return true;
    }
}

/// <summary>One measure of one account, against its bound.</summary>
/// <param name="Amount">So much each time.</param>
/// <param name="Times">How often it was granted once more.</param>
/// <param name="Spent">In the measure's own unit.</param>
internal sealed record SpentMeasure(BudgetAccount Account, BudgetMeasure Measure, decimal Amount, int Times, decimal Spent, bool IsEstimate)
{
    public decimal Bound => Amount * (1 + Times);

    public bool IsOver => Spent >= Bound;

    /// <summary>Four fifths of it are spent.</summary>
    public bool IsNear => Spent >= Bound * 0.8m;

    public string ToKey() => string.Join(
        '|', Account.Scope.ToWire(), Account.Subject, Account.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Measure.ToWire(),
        Times.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null for what is no such key.</summary>
    public static (BudgetAccount Account, BudgetMeasure Measure, int Times)? OfKey(string key)
    {
        if (key.Split('|') is not [var scope, var subject, var day, var measure, var times]
            || !BudgetNames.TryParse(scope, out BudgetScope known)
            || !BudgetNames.TryParse(measure, out BudgetMeasure what)
            || !int.TryParse(times, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return null;
        }

        bool isOfDay = DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        return (isOfDay || day.Length == 0) && isOfDay == known is BudgetScope.Day or BudgetScope.Pool
            ? (new(known, subject, isOfDay ? date : null), what, count)
            : null;
    }

    /// <summary>Such as <c>The day's budget: 10.02 of 10 USD spent (estimated)</c>.</summary>
    public override string ToString()
    {
        string whose = Account.Scope switch
        {
            BudgetScope.Run => "The run's budget",
            BudgetScope.Task => $"The budget of task '{Account.Subject}'",
            BudgetScope.Pool => $"The day's budget of pool '{Account.Subject}'",
            BudgetScope.Day => "The day's budget",
            _ => throw new ArgumentOutOfRangeException(nameof(Account), Account, null),
        };
        string unit = Measure == BudgetMeasure.Usd ? "USD" : Measure.ToWire();
        return $"{whose}: {Shown(Spent)} of {Shown(Bound)} {unit} spent{(IsEstimate && Measure == BudgetMeasure.Usd ? " (estimated)" : "")}";
    }

    private string Shown(decimal amount) => amount.ToString(Measure == BudgetMeasure.Usd ? "0.######" : "0.##", CultureInfo.InvariantCulture);
}
