using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Budgets;

/// <summary>What one run has spent, by the days on which it did. What is told is always the whole; what came on top belongs to the last day.</summary>
internal sealed class DaySplit
{
    private readonly List<(DateOnly Day, Spending Spent)> _days;

    /// <param name="days">What is known of it, oldest first.</param>
    public DaySplit(IEnumerable<(DateOnly Day, Spending Spent)> days) => _days = [.. days];

    public IReadOnlyList<(DateOnly Day, Spending Spent)> Days => _days;

    public Spending Total => _days.Aggregate(Spending.None, (sum, day) => sum + day.Spent);

    /// <summary>Takes a new whole.</summary>
    /// <param name="today">Earlier than the last day where the clock was put back: then the last day it is.</param>
    /// <returns>What changed, by day.</returns>
    public IReadOnlyList<(DateOnly Day, Spending Change)> Set(DateOnly today, Spending total)
    {
        var before = _days.ToDictionary(day => day.Day, day => day.Spent);
        if (_days.Count == 0 || _days[^1].Day < today)
        {
            _days.Add((today, Spending.None));
        }

        var rest = total;
        for (int i = 0; i < _days.Count - 1; i++)
        {
            rest -= _days[i].Spent;
        }

        _days[^1] = (_days[^1].Day, rest);
        CarryBack();
        return
        [
            .. _days.Where(day => !before.TryGetValue(day.Day, out var known) || known != day.Spent)
                .Select(day => (day.Day, day.Spent - before.GetValueOrDefault(day.Day))),
        ];
    }

    /// <summary>A settled figure may be less than the estimates of earlier days: no day has less than nothing.</summary>
    private void CarryBack()
    {
        for (int i = _days.Count - 1; i > 0; i--)
        {
            var spent = _days[i].Spent;
            var lacking = new Spending(spent.Usd < 0 ? spent.Usd : null, false, spent.Tokens < 0 ? spent.Tokens : null, Math.Min(0, spent.Turns), Least(spent.Time));
            _days[i] = (_days[i].Day, new(
                spent.Usd < 0 ? 0 : spent.Usd, spent.IsEstimate, spent.Tokens < 0 ? 0 : spent.Tokens, Math.Max(0, spent.Turns), spent.Time - Least(spent.Time)));
            _days[i - 1] = (_days[i - 1].Day, _days[i - 1].Spent + lacking);
        }
    }

    private static TimeSpan Least(TimeSpan time) => time < TimeSpan.Zero ? time : TimeSpan.Zero;
}
