using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="tell">Takes the facts.</param>
internal sealed class MemorySpending(Action<IReadOnlyList<WorkerEvent>> tell) : ISpendingStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string RunId, DateOnly Day), SpentRow> _rows = [];
    private readonly Dictionary<(BudgetAccount Account, BudgetMeasure Measure), (GrantRow Row, DateTimeOffset Updated)> _grants = [];

    public Task PutAsync(IReadOnlyList<SpentRow> rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                _rows[(row.RunId, row.Day)] = row;
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<SpentRow>> OfRunAsync(string runId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<SpentRow>>([.. _rows.Values.Where(row => row.RunId == runId).OrderBy(row => row.Day)]);
        }
    }

    public Task<Spending> SumAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Sum(_rows.Values.Where(row => IsOf(row, account))));
        }
    }

    public Task<IReadOnlyList<(string Pool, Spending Spent)>> PoolsAsync(DateOnly day, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<(string, Spending)>>(
                [.. _rows.Values.Where(row => row.Day == day).GroupBy(row => row.Pool).OrderBy(pool => pool.Key, StringComparer.Ordinal).Select(pool => (pool.Key, Sum(pool)))]);
        }
    }

    public Task<IReadOnlyList<GrantRow>> GrantsAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<GrantRow>>(
                [.. _grants.Where(grant => grant.Key.Account == account).Select(grant => grant.Value.Row).OrderBy(row => row.Measure.ToWire(), StringComparer.Ordinal)]);
        }
    }

    public Task GrantAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at)
    {
        lock (_lock)
        {
            var row = Row(account, measure);
            _grants[(account, measure)] = (row with { Times = Math.Max(row.Times, times) }, at);
        }

        return Task.CompletedTask;
    }

    public Task<bool> WarnAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at, WorkerEvent? fact = null)
    {
        lock (_lock)
        {
            bool isKnown = _grants.ContainsKey((account, measure));
            var row = Row(account, measure);
            if (row.WarnedOf >= times)
            {
                return Task.FromResult(false);
            }

            _grants[(account, measure)] = (row with { Times = isKnown ? row.Times : times, WarnedOf = times }, at);
            if (fact is not null)
            {
                tell([fact]);
            }

            return Task.FromResult(true);
        }
    }

    public Task RemoveAsync(DateTimeOffset before)
    {
        lock (_lock)
        {
            foreach (var old in _rows.Where(row => row.Value.Updated < before).Select(row => row.Key).ToList())
            {
                _rows.Remove(old);
            }

            foreach (var old in _grants.Where(grant => grant.Value.Updated < before).Select(grant => grant.Key).ToList())
            {
                _grants.Remove(old);
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsOf(SpentRow row, BudgetAccount account) => account.Scope switch
    {
        BudgetScope.Run => row.FirstRun == account.Subject,
        BudgetScope.Task => row.TaskId == account.Subject,
        BudgetScope.Pool => row.Pool == account.Subject && row.Day == account.Day,
        BudgetScope.Day => row.Day == account.Day,
        _ => throw new ArgumentOutOfRangeException(nameof(account), account, null),
    };

    private static Spending Sum(IEnumerable<SpentRow> rows) => rows.Aggregate(Spending.None, (sum, row) => sum + row.Spent);

    private GrantRow Row(BudgetAccount account, BudgetMeasure measure) =>
        _grants.TryGetValue((account, measure), out var grant) ? grant.Row : new(measure, 0, null);
}
