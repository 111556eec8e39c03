using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Budgets;

/// <summary>The accounts of what goes on now, in memory: what the store holds of them, and what live runs have spent since. Not thread-safe.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<BudgetAccount, Entry> _entries = [];

    public bool Has(BudgetAccount account) => _entries.ContainsKey(account);

    /// <summary>Takes an account into the ledger, unless it is there.</summary>
    public void Open(BudgetAccount account, Spending spent, IReadOnlyList<GrantRow> grants)
    {
        var entry = new Entry { Spent = spent };
        foreach (var grant in grants)
        {
            entry.Times[grant.Measure] = grant.Times;
            if (grant.WarnedOf is { } warned)
            {
                entry.Warned[grant.Measure] = warned;
            }
        }

        _entries.TryAdd(account, entry);
    }

    /// <summary>Adds to an account. One that is not there begins now: a new day's.</summary>
    public void Add(BudgetAccount account, Spending change)
    {
        var entry = Of(account);
        entry.Spent += change;
    }

    public Spending Spent(BudgetAccount account) => _entries.TryGetValue(account, out var entry) ? entry.Spent : Spending.None;

    public int Times(BudgetAccount account, BudgetMeasure measure) =>
        _entries.TryGetValue(account, out var entry) ? entry.Times.GetValueOrDefault(measure) : 0;

    /// <summary>An account that is not there is not changed: the store has it.</summary>
    public void Grant(BudgetAccount account, BudgetMeasure measure, int times)
    {
        if (_entries.TryGetValue(account, out var entry))
        {
            entry.Times[measure] = Math.Max(times, entry.Times.GetValueOrDefault(measure));
        }
    }

    /// <summary>False where a warning of this amount was given before.</summary>
    public bool Warn(SpentMeasure near)
    {
        var entry = Of(near.Account);
        if (entry.Warned.TryGetValue(near.Measure, out int warned) && warned >= near.Times)
        {
            return false;
        }

        entry.Warned[near.Measure] = near.Times;
        return true;
    }

    /// <summary>Everything of these accounts that has a bound.</summary>
    public IEnumerable<SpentMeasure> Measures(IEnumerable<BudgetLine> lines)
    {
        foreach (var (account, budget) in lines)
        {
            foreach (var measure in Enum.GetValues<BudgetMeasure>())
            {
                if (budget.Of(measure) is { } amount)
                {
                    var spent = Spent(account);
                    yield return new(account, measure, amount, Times(account, measure), spent.Of(measure), spent.IsEstimate);
                }
            }
        }
    }

    /// <summary>Lets go of what no live run counts for.</summary>
    /// <param name="kept">Accounts of live runs.</param>
    /// <param name="today">Its accounts stay, and those of the day before: a clock may be put back over midnight.</param>
    public void Close(IReadOnlySet<BudgetAccount> kept, DateOnly today)
    {
        foreach (var account in _entries.Keys.Where(account => !kept.Contains(account) && !(account.Day >= today.AddDays(-1))).ToList())
        {
            _entries.Remove(account);
        }
    }

    private Entry Of(BudgetAccount account)
    {
        if (!_entries.TryGetValue(account, out var entry))
        {
            _entries.Add(account, entry = new Entry());
        }

        return entry;
    }

    private sealed class Entry
    {
        public Spending Spent { get; set; }

        public Dictionary<BudgetMeasure, int> Times { get; } = [];

        public Dictionary<BudgetMeasure, int> Warned { get; } = [];
    }
}
