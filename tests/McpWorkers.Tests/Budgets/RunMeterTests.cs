using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Workers.Runs;
using Xunit;
using static McpWorkers.Tests.Budgets.Meters;

namespace McpWorkers.Tests.Budgets;

public sealed class RunMeterTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryStore _store = new();
    private readonly DayTime _time = new(Noon);
    private readonly List<WorkerEvent> _facts = [];
    private BudgetKeeper? _keeper;

    public RunMeterTests() => _store.Committed = _facts.AddRange;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BudgetKeeper Keeper => _keeper ??= NewKeeper();

    public ValueTask DisposeAsync()
    {
        _keeper?.Dispose();
        return _store.DisposeAsync();
    }

    [Fact]
    public async Task Each_bound_of_a_run_is_warned_of_at_four_fifths_and_reached_at_the_whole()
    {
        await CheckAsync(new() { Tokens = 100 }, (meter, share) => meter.Take(Tokens(share)));
        await CheckAsync(new() { Turns = 100 }, (meter, share) => meter.TakeTurns(share));
        await CheckAsync(new() { Usd = 1 }, (meter, share) => meter.Take(Cost(share / 100m)));
        await CheckAsync(new() { Minutes = TimeSpan.FromMinutes(100) }, (meter, share) =>
        {
            _time.Pass(TimeSpan.FromMinutes(share) - meter.Spent.Time);
            return meter.Tick();
        });
    }

    private async Task CheckAsync(Budget budget, Func<RunMeter, int, BudgetBreach?> spend)
    {
        _facts.Clear();
        string id = $"run_{budget.GetHashCode()}";
        var meter = await Keeper.BeginAsync(Run(id) with { Budget = budget }, Token);
        Assert.Null(spend(meter, 79));
        Assert.Null(spend(meter, 80));
        Assert.Null(spend(meter, 99));
        var breach = spend(meter, 100);
        Assert.Equal(BudgetScope.Run, Assert.Single(breach!.Spent).Account.Scope);
        Assert.Null(spend(meter, 101));
        Assert.Equal(breach.Key, (await meter.SettleAsync(SettledFigures.None)).Breach!.Key);
        var warned = Assert.Single(_facts);
        Assert.Equal((WorkerEventKind.BudgetWarned, "w1", id), (warned.Kind, warned.WorkerId, warned.RunId));
        Assert.StartsWith("The run's budget: ", warned.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_that_is_waited_for_an_answer_counts_for_nothing()
    {
        var meter = await Keeper.BeginAsync(Run() with { Budget = new() { Minutes = TimeSpan.FromMinutes(10) } }, Token);
        _time.Pass(TimeSpan.FromMinutes(6));
        meter.Hold();
        _time.Pass(TimeSpan.FromHours(5));
        Assert.Null(meter.Tick());
        meter.Release();
        _time.Pass(TimeSpan.FromMinutes(3));
        Assert.Null(meter.Tick());
        Assert.Equal(TimeSpan.FromMinutes(9), meter.Spent.Time);
        _time.Pass(TimeSpan.FromMinutes(1));
        Assert.NotNull(meter.Tick());
    }

    [Fact]
    public async Task A_yes_gives_the_same_amount_once_more_however_often_it_is_told()
    {
        var meter = await Keeper.BeginAsync(Run() with { Budget = new() { Tokens = 100 } }, Token);
        var breach = meter.Take(Tokens(150));
        var request = Request(breach!);
        Assert.False(await Keeper.IsGrantedAsync(request, Token));
        Assert.True(await Keeper.GrantAsync(request));
        Assert.True(await Keeper.GrantAsync(request));
        Assert.True(await Keeper.IsGrantedAsync(request, Token));
        Assert.Null(meter.Take(Tokens(199)));
        var second = meter.Take(Tokens(200));
        Assert.NotEqual(breach!.Key, second!.Key);
        Assert.Equal(200, Assert.Single(second.Spent).Bound);
        Assert.False(await Keeper.GrantAsync(request with { Kind = RequestKind.Question }));
        await meter.SettleAsync(SettledFigures.None);
        Assert.Equal(2, _facts.Count);
    }

    [Fact]
    public async Task A_run_that_goes_on_with_another_counts_for_the_same_prompt()
    {
        var budget = new Budget { Tokens = 100 };
        var first = await Keeper.BeginAsync(Run("run_1") with { Budget = budget }, Token);
        first.Take(Tokens(60));
        await first.SettleAsync(new(new(Input: 60), null, 1));

        var second = await Keeper.BeginAsync(Run("run_2") with { Budget = budget, Before = ["run_1"] }, Token);
        Assert.Null(second.Take(Tokens(39)));
        Assert.NotNull(second.Take(Tokens(40)));
        var settled = await second.SettleAsync(SettledFigures.None);
        await Keeper.GrantAsync(Request(settled.Breach!));

        var third = await Keeper.BeginAsync(Run("run_3") with { Budget = budget, Before = ["run_2"] }, Token);
        Assert.Null(third.Take(Tokens(99)));
        Assert.NotNull(third.Take(Tokens(100)));
    }

    [Fact]
    public async Task A_run_in_between_that_never_began_breaks_no_chain()
    {
        var budget = new Budget { Tokens = 100 };
        var first = await Keeper.BeginAsync(Run("run_1") with { Budget = budget }, Token);
        Assert.NotNull(first.Take(Tokens(100)));
        var breach = (await first.SettleAsync(new(new(Input: 100), null, 1))).Breach!;

        // run_2 was to go on, and there was nothing left.
        var second = Run("run_2") with { Budget = budget, Before = ["run_1"] };
        Assert.IsType<BudgetAnswer.Spent>(await Keeper.CheckAsync(second, Token));
        var third = Run("run_3") with { Budget = budget, Before = ["run_2", "run_1"] };
        Assert.IsType<BudgetAnswer.Spent>(await Keeper.CheckAsync(third, Token));

        await Keeper.GrantAsync(Request(breach));
        var meter = await Keeper.BeginAsync(third, Token);
        Assert.Null(meter.Take(Tokens(99)));
        Assert.NotNull(meter.Take(Tokens(100)));
    }

    [Fact]
    public async Task A_run_without_anything_spent_before_it_counts_for_the_first_of_its_chain()
    {
        await Keeper.BeginAsync(Run("run_3") with { Before = ["run_2", "run_1"] }, Token).ContinueWith(begun => begun.Result.SettleAsync(new(new(Input: 7), null, 1)), Token, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        Assert.Equal("run_1", Assert.Single(await _store.Spending.OfRunAsync("run_3", Token)).FirstRun);
    }

    [Fact]
    public async Task Time_counts_for_nothing_from_a_hold_that_begins_just_as_the_run_does()
    {
        var holds = new RunHolds(TimeSpan.FromHours(1), _time);
        var begun = await Keeper.BeginAsync(Run() with { Budget = new() { Minutes = TimeSpan.FromMinutes(2) } }, Token);
        holds.Note(new()
        {
            RequestId = "req_1", Kind = RequestKind.Question, Key = "k", Text = "?", Digest = "", Created = _time.GetUtcNow(), Expires = _time.GetUtcNow().AddHours(1),
        });
        var spending = new RunSpending(begun, holds, _time);
        for (int i = 0; i < 10; i++)
        {
            _time.Pass(TimeSpan.FromMinutes(1));
            Assert.Null(spending.Look());
        }

        Assert.InRange((await begun.SettleAsync(SettledFigures.None)).Spent.Time, TimeSpan.Zero, TimeSpan.FromMinutes(1.1));
    }

    [Fact]
    public async Task Several_runs_share_a_days_a_pools_and_a_tasks_budget_and_each_is_told()
    {
        using var keeper = NewKeeper(new() { Day = new() { Tokens = 1000 } });
        var pool = new Budget { Tokens = 500 };
        var one = await keeper.BeginAsync(Run("run_1") with { PoolBudget = pool, TaskId = "task_1", TaskBudget = new() { Tokens = 300 } }, Token);
        var two = await keeper.BeginAsync(Run("run_2") with { PoolBudget = pool, TaskId = "task_1", TaskBudget = new() { Tokens = 300 } }, Token);
        var other = await keeper.BeginAsync(Run("run_3") with { Pool = "terminal-qwen" }, Token);
        Assert.Null(one.Take(Tokens(100)));
        Assert.Equal(BudgetScope.Task, Assert.Single(two.Take(Tokens(200))!.Spent).Account.Scope);
        Assert.Equal(BudgetScope.Task, Assert.Single(one.Tick()!.Spent).Account.Scope);
        Assert.Null(other.Take(Tokens(499)));
        Assert.Equal([BudgetScope.Task, BudgetScope.Pool], two.Take(Tokens(400))!.Spent.Select(spent => spent.Account.Scope));
        Assert.Equal(BudgetScope.Day, Assert.Single(other.Take(Tokens(500))!.Spent).Account.Scope);

        var answer = Assert.IsType<BudgetAnswer.Spent>(await keeper.CheckAsync(Run("run_4") with { Pool = "terminal-codex" }, Token));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), answer.Until);
        Assert.Contains("The day's budget: 1000 of 1000 tokens spent. There is more from 2026-03-02 00:00 on", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_local_midnight_a_day_begins_anew_and_a_run_that_goes_on_counts_for_both()
    {
        var time = new DayTime(new(2026, 3, 28, 22, 30, 0, TimeSpan.Zero), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        using var keeper = new BudgetKeeper(_store.Spending, new() { Day = new() { Tokens = 100 } }, time);
        var meter = await keeper.BeginAsync(Run(), Token);
        Assert.NotNull(meter.Take(Tokens(100)));
        Assert.IsType<BudgetAnswer.Spent>(await keeper.CheckAsync(Run("run_2"), Token));

        time.Pass(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(1));
        meter.Tick();
        time.Pass(TimeSpan.FromSeconds(1));
        Assert.IsType<BudgetAnswer.Free>(await keeper.CheckAsync(Run("run_2"), Token));
        Assert.Null(meter.Take(Tokens(199)));
        Assert.NotNull(meter.Take(Tokens(200)));
        await meter.SettleAsync(new(new(Input: 210), null, 4));

        var rows = await _store.Spending.OfRunAsync("run_1", Token);
        Assert.Equal([(new DateOnly(2026, 3, 28), 100L), (new DateOnly(2026, 3, 29), 110L)], rows.Select(row => (row.Day, row.Spent.Tokens!.Value)));
        Assert.Equal([TimeSpan.FromSeconds(1799), TimeSpan.FromSeconds(1)], rows.Select(row => row.Spent.Time));

        // A day of 23 hours.
        time.Pass(TimeSpan.FromHours(22.99));
        Assert.IsType<BudgetAnswer.Spent>(await keeper.CheckAsync(Run("run_2"), Token));
        time.Pass(TimeSpan.FromHours(0.01));
        Assert.IsType<BudgetAnswer.Free>(await keeper.CheckAsync(Run("run_2"), Token));
    }

    [Fact]
    public async Task What_was_spent_is_written_every_few_seconds_and_read_again_by_another_host()
    {
        var run = Run() with { Budget = new() { Tokens = 100, Minutes = TimeSpan.FromMinutes(1) } };
        var meter = await Keeper.BeginAsync(run, Token);
        meter.Take(Tokens(70, 0));
        meter.TakeTurns(3);
        _time.Pass(TimeSpan.FromSeconds(4));
        meter.Tick();
        Assert.Empty(await _store.Spending.OfRunAsync("run_1", Token));
        _time.Pass(TimeSpan.FromSeconds(1));
        meter.Tick();
        await UntilAsync(async () => (await _store.Spending.OfRunAsync("run_1", Token)).Count == 1);

        // The host is killed; another one reads the transcript again from its beginning.
        _time.Pass(TimeSpan.FromSeconds(10));
        using var keeper = NewKeeper();
        var again = await keeper.BeginAsync(run, Token);
        Assert.Equal((70L, 3), (again.Spent.Tokens!.Value, again.Spent.Turns));
        Assert.Null(again.Take(Tokens(10)));
        Assert.Equal(70, again.Spent.Tokens);
        Assert.Equal(TimeSpan.FromSeconds(15), again.Spent.Time);
        Assert.NotNull(again.Take(Tokens(100)));
        Assert.Equal(100, (await again.SettleAsync(SettledFigures.None)).Spent.Tokens);
        Assert.Equal(100, (await _store.Spending.SumAsync(BudgetAccount.OfDay(new(2026, 3, 1)), Token)).Tokens);
        Assert.NotNull(Assert.Single(await _store.Spending.OfRunAsync("run_1", Token)).Settled);
    }

    [Fact]
    public async Task A_run_that_waited_for_an_answer_while_no_host_was_there_has_not_run_meanwhile()
    {
        var meter = await Keeper.BeginAsync(Run(), Token);
        _time.Pass(TimeSpan.FromSeconds(10));
        meter.Tick();
        await UntilAsync(async () => (await _store.Spending.OfRunAsync("run_1", Token)).Count == 1);
        _time.Pass(TimeSpan.FromHours(2));
        using var keeper = NewKeeper();
        var again = await keeper.BeginAsync(Run() with { IsHeld = true }, Token);
        again.Release();
        _time.Pass(TimeSpan.FromSeconds(5));
        again.Tick();
        Assert.Equal(TimeSpan.FromSeconds(15), again.Spent.Time);
    }

    [Fact]
    public async Task A_run_that_ended_while_no_host_was_there_has_run_until_then()
    {
        var meter = await Keeper.BeginAsync(Run(), Token);
        _time.Pass(TimeSpan.FromSeconds(10));
        meter.Tick();
        await UntilAsync(async () => (await _store.Spending.OfRunAsync("run_1", Token)).Count == 1);
        var ended = _time.GetUtcNow().AddSeconds(20);
        _time.Pass(TimeSpan.FromHours(2));
        using var keeper = NewKeeper();
        var again = await keeper.BeginAsync(Run() with { HasEnded = true, Budget = new() { Minutes = TimeSpan.FromMinutes(1) } }, Token);
        _time.Pass(TimeSpan.FromSeconds(5));
        Assert.Null(again.Tick());
        var settled = await again.SettleAsync(SettledFigures.None, ended);
        Assert.Equal(TimeSpan.FromSeconds(30), settled.Spent.Time);
        Assert.Null(settled.Breach);
    }

    [Fact]
    public async Task An_agent_that_keeps_the_bound_by_figures_of_its_own_ends_as_one_whose_budget_is_spent()
    {
        var meter = await Keeper.BeginAsync(Run() with { Budget = new() { Usd = 1 } }, Token);
        meter.Take(Cost(0.97m));
        var spending = new RunSpending(meter, new RunHolds(TimeSpan.FromHours(1), _time), _time);
        var failed = new RunOutcome.AgentFailed(FailureKind.Budget, "Reached maximum budget ($1)");
        await spending.SettleAsync(new() { Verdict = new AgentVerdict.Failed(FailureKind.Budget, failed.Message), Text = "", Lines = default });
        Assert.Equal("The run's budget: 0.97 of 1 USD spent.", Assert.IsType<RunOutcome.BudgetExceeded>(spending.Conclude(failed)).Message);
        Assert.True(BudgetBreach.TryParse(spending.Breach!.Key, out _, out _));

        var unbounded = new RunSpending(await Keeper.BeginAsync(Run("run_2"), Token), new RunHolds(TimeSpan.FromHours(1), _time), _time);
        await unbounded.SettleAsync(new() { Verdict = new AgentVerdict.Failed(FailureKind.Budget, failed.Message), Text = "", Lines = default });
        Assert.Same(failed, unbounded.Conclude(failed));
    }

    [Fact]
    public void Another_request_about_the_same_amounts_grants_the_same()
    {
        string key = new BudgetBreach("run_1", [new(BudgetAccount.OfRun("run_1"), BudgetMeasure.Turns, 5, 0, 5, false)]).Key;
        Assert.Equal(key, BudgetBreach.KeyAgain(key, 0));
        Assert.NotEqual(key, BudgetBreach.KeyAgain(key, 1));
        Assert.True(BudgetBreach.TryParse(BudgetBreach.KeyAgain(key, 1), out string? run, out var granted));
        Assert.Equal(("run_1", BudgetAccount.OfRun("run_1"), BudgetMeasure.Turns, 0), (run, Assert.Single(granted).Account, granted[0].Measure, granted[0].Times));
    }

    [Fact]
    public async Task The_settled_figure_corrects_the_estimate_for_all_that_it_counts_for()
    {
        using var keeper = NewKeeper(new() { Day = new() { Usd = 10 }, Prices = [new("m", 1000, 0, 0, 0)] });
        var meter = await keeper.BeginAsync(Run() with { Model = "m", Budget = new() { Usd = 5 } }, Token);
        meter.Take(Tokens(4000));
        Assert.Equal((4m, true), (meter.Spent.Usd!.Value, meter.Spent.IsEstimate));
        Assert.Equal(1m, meter.UsdLeft);
        var settled = await meter.SettleAsync(new(new(Input: 4500), 3.5m, 2));
        Assert.Equal((3.5m, false, 4500L, 2), (settled.Spent.Usd!.Value, settled.Spent.IsEstimate, settled.Spent.Tokens!.Value, settled.Spent.Turns));
        Assert.Null(settled.Breach);
        var today = await keeper.TodayAsync(new Dictionary<string, Budget>(), Token);
        Assert.Equal((3.5m, false), (today.All.Spent.Usd!.Value, today.All.Spent.IsEstimate));
        Assert.Equal("terminal-claude", Assert.Single(today.Pools).Pool);
    }

    [Fact]
    public async Task An_agent_without_a_cost_is_reckoned_by_the_price_table_also_when_it_has_ended()
    {
        using var keeper = NewKeeper(new() { Prices = [new("*", 1000, 0, 0, 0)] });
        var meter = await keeper.BeginAsync(Run() with { Capabilities = new(true, true, UsageReporting.AtEnd, false), Budget = new() { Usd = 5 } }, Token);
        var settled = await meter.SettleAsync(new(new(Input: 6000), null, 2, "qwen3"));
        Assert.Equal((6m, true), (settled.Spent.Usd!.Value, settled.Spent.IsEstimate));
        Assert.Equal(BudgetMeasure.Usd, Assert.Single(settled.Breach!.Spent).Measure);
        Assert.IsType<BudgetAnswer.Spent>(await keeper.CheckAsync(Run("run_2") with { Before = ["run_1"], Budget = new() { Usd = 5 } }, Token));
    }

    [Fact]
    public async Task A_run_that_spends_nothing_of_it_is_not_ended_for_others_tokens()
    {
        using var keeper = NewKeeper(new() { Day = new() { Tokens = 100, Minutes = TimeSpan.FromMinutes(5) } });
        var shell = await keeper.BeginAsync(Run("run_2") with { Capabilities = new(false, false, UsageReporting.None, false) }, Token);
        var meter = await keeper.BeginAsync(Run(), Token);
        Assert.NotNull(meter.Take(Tokens(100)));
        Assert.Null(shell.Tick());
        _time.Pass(TimeSpan.FromMinutes(3));
        meter.Tick();
        Assert.Equal(BudgetMeasure.Minutes, Assert.Single(shell.Tick()!.Spent).Measure);
    }

    [Fact]
    public async Task Once_somebody_was_asked_about_a_day_further_tasks_wait_until_it_is_granted_or_over()
    {
        using var keeper = NewKeeper(new() { Day = new() { Tokens = 100 } });
        var meter = await keeper.BeginAsync(Run(), Token);
        var breach = meter.Take(Tokens(100));
        Assert.Null(keeper.HeldWhy("terminal-qwen", Budget.None));
        keeper.NoteAsked(breach);
        Assert.Equal(
            "The day's budget: 100 of 100 tokens spent. There is more from 2026-03-02 00:00 on; or raise it in the settings.",
            keeper.HeldWhy("terminal-qwen", Budget.None));
        await keeper.GrantAsync(Request(breach!));
        Assert.Null(keeper.HeldWhy("terminal-qwen", Budget.None));
        keeper.NoteAsked(meter.Take(Tokens(200)));
        Assert.NotNull(keeper.HeldWhy("terminal-qwen", Budget.None));
        _time.Pass(TimeSpan.FromHours(12));
        Assert.Null(keeper.HeldWhy("terminal-qwen", Budget.None));
    }

    [Fact]
    public async Task A_spent_pool_holds_its_own_tasks_only()
    {
        var pool = new Budget { Tokens = 10 };
        var meter = await Keeper.BeginAsync(Run() with { PoolBudget = pool }, Token);
        Keeper.NoteAsked(meter.Take(Tokens(10)));
        Assert.NotNull(Keeper.HeldWhy("terminal-claude", pool));
        Assert.Null(Keeper.HeldWhy("terminal-claude#0a0a0a0a", pool));
        Assert.Null(Keeper.HeldWhy("terminal-qwen", Budget.None));
    }

    [Fact]
    public async Task Settling_twice_counts_once()
    {
        var meter = await Keeper.BeginAsync(Run(), Token);
        await meter.SettleAsync(new(new(Input: 10), 0.5m, 1));
        await meter.SettleAsync(new(new(Input: 99), 9m, 9));
        Assert.Null(meter.Take(Tokens(1000)));
        var spent = (await Keeper.TodayAsync(new Dictionary<string, Budget>(), Token)).All.Spent;
        Assert.Equal((10L, 0.5m), (spent.Tokens!.Value, spent.Usd!.Value));
        var other = await Keeper.BeginAsync(Run("run_2"), Token);
        Assert.Equal(Spending.None, other.Spent);
    }

    private static WorkerRequest Request(BudgetBreach breach) => new()
    {
        RequestId = "req_1",
        Kind = RequestKind.Budget,
        Key = breach.Key,
        Text = breach.Text,
        Digest = "",
        Created = Noon,
        Expires = Noon.AddMinutes(30),
    };

    private static async Task UntilAsync(Func<Task<bool>> met)
    {
        for (int i = 0; i < 10_000 && !await met(); i++)
        {
            await Task.Yield();
        }

        Assert.True(await met());
    }

    private BudgetKeeper NewKeeper(BudgetSettings? settings = null) => new(_store.Spending, settings ?? new(), _time);
}
