using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Budgets;

/// <summary>
/// Holds budgets: says before a run whether there is anything left for it, counts while it goes on, and grants more when somebody says so. Runs, tasks, pools
/// and days are counted whether or not they have a bound, so that one that is set later counts what was spent before.
/// </summary>
internal sealed class BudgetKeeper(ISpendingStore store, BudgetSettings settings, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private readonly HashSet<RunMeter> _meters = [];

    /// <summary>Amounts of days that are spent, and about which somebody was asked.</summary>
    private readonly HashSet<(BudgetAccount Account, BudgetMeasure Measure, int Times)> _asked = [];

    /// <summary>Accounts that are being opened, of which no meter tells yet.</summary>
    private IReadOnlySet<BudgetAccount> _opened = new HashSet<BudgetAccount>();

    /// <summary>Held by whoever reads or changes the ledger or a meter; never over a wait.</summary>
    internal Lock Gate { get; } = new();

    internal Ledger Ledger { get; } = new();

    internal ISpendingStore Store => store;

    internal DateOnly Today => LocalDay.Today(time);

    /// <summary>Begins to count a run that is launched, or is taken up again. Its figures are zero, or what the store holds of it.</summary>
    /// <exception cref="StoreException">What was spent before cannot be read.</exception>
    public async Task<RunMeter> BeginAsync(BudgetedRun run, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            var before = await store.OfRunAsync(run.RunId, cancellationToken);
            run = await WithFirstAsync(run, before, cancellationToken);
            await OpenAsync([.. before.SelectMany(row => LinesOf(run, row.Day)), .. Lines(run)], cancellationToken);
            var meter = new RunMeter(this, run, before, settings, time);
            lock (Gate)
            {
                _meters.Add(meter);
                _opened = new HashSet<BudgetAccount>();
            }

            return meter;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Whether anything bounds a run at all.</summary>
    public bool IsBounded(BudgetedRun run) => Lines(run).Any(line => !line.Budget.IsNone);

    /// <summary>Whether a run may begin now.</summary>
    /// <exception cref="StoreException">What was spent before cannot be read.</exception>
    public async Task<BudgetAnswer> CheckAsync(BudgetedRun run, CancellationToken cancellationToken)
    {
        if (BudgetRules.Refusal(run, settings) is { } refusal)
        {
            return new BudgetAnswer.Impossible(refusal);
        }

        List<SpentMeasure> over;
        await _opening.WaitAsync(cancellationToken);
        try
        {
            run = await WithFirstAsync(run, [], cancellationToken);
            await OpenAsync(Lines(run), cancellationToken);
            lock (Gate)
            {
                over = [.. Measures(run).Where(spent => spent.IsOver)];
                _opened = new HashSet<BudgetAccount>();
            }
        }
        finally
        {
            _opening.Release();
        }

        return over.Count == 0
            ? new BudgetAnswer.Free(BudgetRules.Warnings(run, settings))
            : Spent(new BudgetBreach(run.RunId, over));
    }

    /// <summary>Somebody is asked, or was, whether to go on: further tasks that would spend of the same wait, instead of asking too.</summary>
    public void NoteAsked(BudgetBreach? breach)
    {
        lock (Gate)
        {
            foreach (var spent in breach?.Spent.Where(spent => spent.Account.Day is not null) ?? [])
            {
                _asked.Add((spent.Account, spent.Measure, spent.Times));
            }
        }
    }

    /// <summary>Why nothing may be begun now that counts for a pool, in a sentence: what it may spend today is spent, and somebody was asked. Null where it may.</summary>
    public string? HeldWhy(string pool, Budget poolBudget)
    {
        lock (Gate)
        {
            if (_asked.Count == 0)
            {
                return null;
            }

            var today = Today;
            _asked.RemoveWhere(asked => asked.Account.Day < today);
            var over = Ledger.Measures([new(BudgetAccount.OfPool(pool, today), poolBudget), new(BudgetAccount.OfDay(today), settings.Day)])
                .Where(spent => spent.IsOver && _asked.Contains((spent.Account, spent.Measure, spent.Times))).ToList();
            return over.Count == 0 ? null : $"{string.Join(' ', over.Select(spent => $"{spent}."))} {More(LocalDay.End(today, time.LocalTimeZone))}";
        }
    }

    /// <summary>A request of kind budget was answered with yes: each amount that was spent is there once more. To be called again does no harm.</summary>
    /// <returns>False where the request is about no budget.</returns>
    public async Task<bool> GrantAsync(WorkerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Kind != RequestKind.Budget || !BudgetBreach.TryParse(request.Key, out _, out var granted))
        {
            return false;
        }

        // An account that is being opened has read what was granted before.
        await _opening.WaitAsync();
        try
        {
            foreach (var (account, measure, times) in granted)
            {
                await store.GrantAsync(account, measure, times + 1, time.GetUtcNow());
                lock (Gate)
                {
                    Ledger.Grant(account, measure, times + 1);
                }
            }
        }
        finally
        {
            _opening.Release();
        }

        return true;
    }

    /// <summary>Whether a request asks for something that was granted by another one's answer meanwhile.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<bool> IsGrantedAsync(WorkerRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Kind != RequestKind.Budget || !BudgetBreach.TryParse(request.Key, out _, out var asked))
        {
            return false;
        }

        foreach (var (account, measure, times) in asked)
        {
            var grants = await store.GrantsAsync(account, cancellationToken);
            if (grants.FirstOrDefault(grant => grant.Measure == measure) is not { } grant || grant.Times <= times)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What was spent today, in all and by pool; as it stands in the store, where live runs write it every few seconds.</summary>
    /// <param name="pools">The pools' own bounds, by worker type. One with a bound is told of also where nothing was spent.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<DaySpending> TodayAsync(IReadOnlyDictionary<string, Budget> pools, CancellationToken cancellationToken)
    {
        var day = Today;
        var spent = await store.PoolsAsync(day, cancellationToken);
        var untouched = pools.Keys.Where(type => !spent.Any(each => TypeOf(each.Pool) == type)).Select(type => (Pool: type, Spent: Spending.None));
        var byPool = new List<PoolSpending>();
        foreach (var (pool, amount) in spent.Concat(untouched))
        {
            byPool.Add(new(pool, await AccountAsync(BudgetAccount.OfPool(pool, day), amount, pools.GetValueOrDefault(TypeOf(pool)) ?? Budget.None, cancellationToken)));
        }

        var all = BudgetAccount.OfDay(day);
        return new(
            day,
            LocalDay.End(day.AddDays(-1), time.LocalTimeZone),
            LocalDay.End(day, time.LocalTimeZone),
            await AccountAsync(all, await store.SumAsync(all, cancellationToken), settings.Day, cancellationToken),
            [.. byPool.OrderBy(each => each.Pool, StringComparer.Ordinal)]);
    }

    /// <summary>Forgets what was noted before then.</summary>
    public Task RemoveAsync(DateTimeOffset before) => store.RemoveAsync(before);

    public void Dispose() => _opening.Dispose();

    internal IReadOnlyList<BudgetLine> Lines(BudgetedRun run) => LinesOf(run, Today);

    internal IReadOnlyList<BudgetLine> LinesOf(BudgetedRun run, DateOnly day) => run.Lines(day, settings.Day);

    /// <summary>What bounds a run now. Under the gate.</summary>
    internal IEnumerable<SpentMeasure> Measures(BudgetedRun run) => Ledger.Measures(Lines(run)).Where(spent => run.Counts(spent.Measure));

    internal void End(RunMeter meter)
    {
        lock (Gate)
        {
            _meters.Remove(meter);
            Ledger.Close(_meters.SelectMany(live => live.Accounts()).Concat(_opened).ToHashSet(), Today);
        }
    }

    /// <summary>The worker type in a pool's name.</summary>
    private static string TypeOf(string pool) => pool.Split('#')[0];

    private async Task<AccountSpending> AccountAsync(BudgetAccount account, Spending spent, Budget budget, CancellationToken cancellationToken)
    {
        var grants = await store.GrantsAsync(account, cancellationToken);
        return new(spent, budget, grants.Where(grant => grant.Times > 0).ToDictionary(grant => grant.Measure, grant => grant.Times));
    }

    private BudgetAnswer.Spent Spent(BudgetBreach breach)
    {
        var until = breach.Until(time.LocalTimeZone);
        string remedy = until is { } moment ? More(moment) : "Raise it, or give another one.";
        return new(breach, until, $"{breach.Said} {remedy}");
    }

    /// <summary>A run that goes on with another one's session counts for that one's first: what was granted and spent is the prompt's.</summary>
    private async Task<BudgetedRun> WithFirstAsync(BudgetedRun run, IReadOnlyList<SpentRow> before, CancellationToken cancellationToken)
    {
        if (before.Count > 0)
        {
            return run with { FirstRun = before[0].FirstRun };
        }

        foreach (string earlier in run.Before)
        {
            // One that was never launched has spent nothing: then those before it tell.
            if (await store.OfRunAsync(earlier, cancellationToken) is [var row, ..])
            {
                return run with { FirstRun = row.FirstRun };
            }
        }

        return run with { FirstRun = run.Before.Count > 0 ? run.Before[^1] : run.RunId };
    }

    private string More(DateTimeOffset from) =>
        FormattableString.Invariant($"There is more from {TimeZoneInfo.ConvertTime(from, time.LocalTimeZone):yyyy-MM-dd HH:mm} on; or raise it in the settings.");

    private async Task OpenAsync(IReadOnlyList<BudgetLine> lines, CancellationToken cancellationToken)
    {
        var accounts = lines.Select(line => line.Account).ToHashSet();
        lock (Gate)
        {
            _opened = accounts;
        }

        foreach (var account in accounts)
        {
            bool isOpen;
            lock (Gate)
            {
                isOpen = Ledger.Has(account);
            }

            if (!isOpen)
            {
                var spent = await store.SumAsync(account, cancellationToken);
                var grants = await store.GrantsAsync(account, cancellationToken);
                lock (Gate)
                {
                    Ledger.Open(account, spent, grants);
                }
            }
        }
    }
}

/// <summary>Whether a run may begin.</summary>
internal abstract record BudgetAnswer
{
    private BudgetAnswer()
    {
    }

    /// <param name="Warnings">What whoever starts it should know, each in a sentence.</param>
    public sealed record Free(IReadOnlyList<string> Warnings) : BudgetAnswer;

    /// <summary>Such a budget cannot be held for such an agent.</summary>
    /// <param name="Message">With the remedy.</param>
    public sealed record Impossible(string Message) : BudgetAnswer;

    /// <summary>Nothing is left.</summary>
    /// <param name="Until">When there is more by itself; null for never.</param>
    /// <param name="Message">With the remedy.</param>
    public sealed record Spent(BudgetBreach Breach, DateTimeOffset? Until, string Message) : BudgetAnswer;
}
