using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Budgets;

/// <summary>Counts what one run spends while it goes on, for all that it counts for, and says when a bound is reached.</summary>
internal sealed class RunMeter
{
    /// <summary>So often what was spent is written down: a host that is killed loses no more than this, and reads even that again from the transcript.</summary>
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(5);

    private readonly BudgetKeeper _keeper;
    private readonly BudgetedRun _run;
    private readonly LiveFigures _figures;
    private readonly DaySplit _split;

    /// <summary>What the store held of the run when it was taken up again: its transcript is read anew from the beginning, and nothing was unspent.</summary>
    private readonly Spending _floor;
    private readonly TimeProvider _time;

    /// <summary>Since when nobody saw it go on, of a run that ended in that time; null for one whose time is all counted.</summary>
    private readonly DateTimeOffset? _unseen;
    private TimeSpan _running;
    private long _looked;
    private bool _isHeld;
    private bool _isSettled;
    private bool _isDirty;
    private long _written;
    private Task _writing = Task.CompletedTask;
    private string? _raised;

    /// <param name="before">What the store holds of the run.</param>
    internal RunMeter(BudgetKeeper keeper, BudgetedRun run, IReadOnlyList<SpentRow> before, BudgetSettings settings, TimeProvider time)
    {
        _keeper = keeper;
        _run = run;
        _time = time;
        _figures = new LiveFigures(settings, run.Model);
        _split = new DaySplit(before.Select(row => (row.Day, row.Spent)));
        _floor = _split.Total;
        _looked = time.GetTimestamp();
        _written = _looked;

        // The agent went on while no host looked, unless it waited for an answer; one that ended meanwhile did so until then.
        _isHeld = run.IsHeld || run.HasEnded;
        var unseen = !run.IsHeld && before is [.., { Settled: null } last] ? last.Updated : (DateTimeOffset?)null;
        _unseen = run.HasEnded ? unseen : null;
        _running = _floor.Time + (_isHeld ? TimeSpan.Zero : Since(unseen, time.GetUtcNow()));
    }

    public BudgetedRun Run => _run;

    /// <summary>Of this run alone.</summary>
    public Spending Spent
    {
        get
        {
            lock (_keeper.Gate)
            {
                return _split.Total;
            }
        }
    }

    /// <summary>The agent should say what it uses while it goes on, where it can.</summary>
    public bool NeedsLiveUsage => _keeper.Lines(_run).Any(line => line.Budget.NeedsUsage);

    /// <summary>What may still be spent, for an agent that holds a bound of its own; null where nothing bounds it. Above zero, as those take it.</summary>
    public decimal? UsdLeft
    {
        get
        {
            lock (_keeper.Gate)
            {
                return _keeper.Measures(_run).Where(spent => spent.Measure == BudgetMeasure.Usd).Select(spent => (decimal?)Math.Max(Budget.UsdMin, spent.Bound - spent.Spent)).Min();
            }
        }
    }

    /// <summary>Takes what the agent says. Quick.</summary>
    /// <returns>What is spent, once for each amount; null while all is well, and where it was told before.</returns>
    public BudgetBreach? Take(AgentEvent said)
    {
        lock (_keeper.Gate)
        {
            return _figures.Take(said) ? Look() : null;
        }
    }

    /// <param name="soFar">Requests to the model in this run.</param>
    /// <returns>As <see cref="Take"/>.</returns>
    public BudgetBreach? TakeTurns(int soFar)
    {
        lock (_keeper.Gate)
        {
            return _figures.TakeTurns(soFar) ? Look() : null;
        }
    }

    /// <summary>Lets time go on, sees what other runs have spent meanwhile, and writes down now and then. Called about every second, and quick.</summary>
    /// <returns>As <see cref="Take"/>.</returns>
    public BudgetBreach? Tick()
    {
        lock (_keeper.Gate)
        {
            if (_isSettled)
            {
                return null;
            }

            var breach = Look();
            if (_isDirty && _writing.IsCompleted && _time.GetElapsedTime(_written) >= WriteEvery)
            {
                // One that failed is made good by the next, or by the last one, which says so.
                _written = _time.GetTimestamp();
                _writing = AfterAsync(_writing, () => WriteAsync(null));
            }

            return breach;
        }
    }

    /// <summary>The run waits for an answer: no time is counted.</summary>
    public void Hold()
    {
        lock (_keeper.Gate)
        {
            PassTime();
            _isHeld = true;
        }
    }

    /// <summary>It waits no more.</summary>
    public void Release()
    {
        lock (_keeper.Gate)
        {
            PassTime();
            _isHeld = false;
        }
    }

    /// <summary>The run's process has ended. What it spent is durable when this returns; to be called before the run is settled, and once for each process.</summary>
    /// <param name="ended">When its process ended, as far as that is on record.</param>
    /// <param name="saysSpent">Its agent ended by itself since the bound in USD that it was given is reached: by its own figures it is.</param>
    /// <returns>What was spent, and what whoever reads the result should know.</returns>
    /// <exception cref="StoreException">It could not be written down.</exception>
    public async Task<SettledSpending> SettleAsync(SettledFigures figures, DateTimeOffset? ended = null, bool saysSpent = false)
    {
        SettledSpending settled;
        Task writing;
        lock (_keeper.Gate)
        {
            if (!_isSettled)
            {
                PassTime();
                _running += ended is { } end ? Since(_unseen, end) : TimeSpan.Zero;
                _isSettled = true;
                _figures.Settle(figures);
                Count(Settled(Figures()));
            }

            Warn();
            var over = Over();
            if (over.Count == 0 && saysSpent)
            {
                over = Nearest();
            }

            settled = new(_split.Total, over.Count > 0 ? new BudgetBreach(_run.RunId, over) : null);
            writing = _writing;
        }

        _keeper.End(this);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WriteAsync(_time.GetUtcNow());
        return settled;
    }

    /// <summary>Accounts that this run counts for now, those of its earlier days among them.</summary>
    internal IEnumerable<BudgetAccount> Accounts() =>
        _split.Days.SelectMany(day => _keeper.LinesOf(_run, day.Day)).Concat(_keeper.Lines(_run)).Select(line => line.Account);

    private BudgetBreach? Look()
    {
        if (_isSettled)
        {
            return null;
        }

        PassTime();
        Count(Floored(Figures()));
        Warn();
        var over = Over();
        if (over.Count == 0)
        {
            return null;
        }

        var breach = new BudgetBreach(_run.RunId, over);
        if (breach.Key == _raised)
        {
            return null;
        }

        _raised = breach.Key;
        return breach;
    }

    private void PassTime()
    {
        long now = _time.GetTimestamp();
        if (!_isHeld && !_isSettled)
        {
            _running += _time.GetElapsedTime(_looked, now);
        }

        _looked = now;
    }

    private Spending Figures()
    {
        var (usd, isEstimate) = _figures.Cost();
        return new(usd, isEstimate, _figures.Tokens, _figures.Turns, _running);
    }

    private Spending Floored(Spending figures) => new(
        Greater(figures.Usd, _floor.Usd),
        figures.Usd >= (_floor.Usd ?? 0) ? figures.IsEstimate : _floor.IsEstimate,
        Greater(figures.Tokens, _floor.Tokens),
        Math.Max(figures.Turns, _floor.Turns),
        figures.Time);

    /// <summary>The last figures may be less than what was reckoned before; what nobody told stays.</summary>
    private Spending Settled(Spending figures) => new(
        figures.Usd ?? _floor.Usd,
        figures.Usd is null ? _floor.IsEstimate : figures.IsEstimate,
        figures.Tokens ?? _floor.Tokens,
        figures.Turns > 0 ? figures.Turns : _floor.Turns,
        figures.Time);

    private void Count(Spending whole)
    {
        foreach (var (day, change) in _split.Set(_keeper.Today, whole))
        {
            _isDirty = true;
            foreach (var account in _keeper.LinesOf(_run, day).Select(line => line.Account))
            {
                _keeper.Ledger.Add(account, change);
            }
        }
    }

    private static TimeSpan Since(DateTimeOffset? begun, DateTimeOffset until) => until - begun is { Ticks: > 0 } span ? span : TimeSpan.Zero;

    /// <summary>The bound that <see cref="UsdLeft"/> came from.</summary>
    private List<SpentMeasure> Nearest() =>
        _keeper.Measures(_run).Where(spent => spent.Measure == BudgetMeasure.Usd).MinBy(spent => spent.Bound - spent.Spent) is { } nearest ? [nearest] : [];

    private List<SpentMeasure> Over() => [.. _keeper.Measures(_run).Where(spent => spent.IsOver)];

    private void Warn()
    {
        foreach (var near in _keeper.Measures(_run).Where(spent => spent.IsNear && _keeper.Ledger.Warn(spent)))
        {
            var now = _time.GetUtcNow();
            var fact = new WorkerEvent(0, now, WorkerEventKind.BudgetWarned, _run.WorkerId, _run.RunId, WorkerStatus.Running, near.ToString());
            _writing = AfterAsync(_writing, () => _keeper.Store.WarnAsync(near.Account, near.Measure, near.Times, now, fact));
        }
    }

    private Task WriteAsync(DateTimeOffset? settled)
    {
        List<SpentRow> rows;
        lock (_keeper.Gate)
        {
            _isDirty = false;
            var now = _time.GetUtcNow();
            rows =
            [
                .. _split.Days.Select(day => new SpentRow
                {
                    RunId = _run.RunId,
                    Day = day.Day,
                    FirstRun = _run.FirstRun ?? _run.RunId,
                    Pool = _run.Pool,
                    WorkerType = _run.WorkerType,
                    TaskId = _run.TaskId,
                    Updated = now,
                    Settled = settled,
                    Spent = day.Spent,
                }),
            ];
        }

        return _keeper.Store.PutAsync(rows);
    }

    /// <summary>
    /// In order, and not under the gate, which the caller holds. What fails is not told: a warning is no reason to end a run, and the last figures are
    /// written by whoever settles.
    /// </summary>
    private static async Task AfterAsync(Task before, Func<Task> next)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await next();
    }

    private static T? Greater<T>(T? one, T? other)
        where T : struct, IComparable<T> =>
        one is { } a && other is { } b ? (a.CompareTo(b) > 0 ? a : b) : one ?? other;
}

/// <param name="Spent">By the run's process.</param>
/// <param name="Breach">What is over now, whether the agent was ended for it or overshot it; null where nothing is.</param>
internal sealed record SettledSpending(Spending Spent, BudgetBreach? Breach);
