using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: spending.</summary>
public abstract class SpendingContract : IAsyncLifetime
{
    private static readonly DateOnly Day = new(2026, 3, 1);
    private IDataStore? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IDataStore Store => _store!;

    private ISpendingStore Spending => Store.Spending;

    protected abstract Task<IDataStore> OpenAsync();

    public virtual async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_was_put_is_found_and_putting_it_again_changes_it()
    {
        var whole = Row("run_1") with { TaskId = "task_1", FirstRun = "run_0", Settled = Noon.AddMinutes(1), Spent = new(1.234567891m, true, 1_000_000_000_000, 7, TimeSpan.FromMilliseconds(1234)) };
        var unknown = Row("run_1", Day.AddDays(1)) with { Spent = new(null, false, null, 0, TimeSpan.Zero) };
        await Spending.PutAsync([whole, unknown]);
        Assert.Equal([whole, unknown], await Spending.OfRunAsync("run_1", Token));
        var later = whole with { Updated = Noon.AddMinutes(2), Spent = new(0, false, 5, 1, TimeSpan.Zero) };
        await Spending.PutAsync([later]);
        Assert.Equal([later, unknown], await Spending.OfRunAsync("run_1", Token));
        Assert.Empty(await Spending.OfRunAsync("run_2", Token));
    }

    [Fact]
    public async Task Sums_are_of_what_an_account_is_about()
    {
        await Spending.PutAsync(
        [
            Row("run_1") with { TaskId = "task_1", Spent = new(1m, false, 10, 1, TimeSpan.FromSeconds(1)) },
            Row("run_2") with { TaskId = "task_1", FirstRun = "run_1", Spent = new(null, false, 20, 2, TimeSpan.FromSeconds(2)) },
            Row("run_3") with { Pool = "b", Spent = new(0.5m, true, null, 3, TimeSpan.FromSeconds(3)) },
            Row("run_1", Day.AddDays(1)) with { TaskId = "task_1", Spent = new(2m, false, 40, 4, TimeSpan.FromSeconds(4)) },
        ]);
        Assert.Equal(new(3m, false, 70, 7, TimeSpan.FromSeconds(7)), await Spending.SumAsync(BudgetAccount.OfRun("run_1"), Token));
        Assert.Equal(new(3m, false, 70, 7, TimeSpan.FromSeconds(7)), await Spending.SumAsync(BudgetAccount.OfTask("task_1"), Token));
        Assert.Equal(new(1m, false, 30, 3, TimeSpan.FromSeconds(3)), await Spending.SumAsync(BudgetAccount.OfPool("a", Day), Token));
        Assert.Equal(new(1.5m, true, 30, 6, TimeSpan.FromSeconds(6)), await Spending.SumAsync(BudgetAccount.OfDay(Day), Token));
        Assert.Equal(Engine.Model.Spending.None, await Spending.SumAsync(BudgetAccount.OfDay(Day.AddDays(-1)), Token));
        Assert.Equal(Engine.Model.Spending.None, await Spending.SumAsync(BudgetAccount.OfTask("task_2"), Token));
        Assert.Equal(
            [("a", new(1m, false, 30, 3, TimeSpan.FromSeconds(3))), ("b", new Spending(0.5m, true, null, 3, TimeSpan.FromSeconds(3)))],
            await Spending.PoolsAsync(Day, Token));
    }

    [Fact]
    public async Task Grants_and_warnings_are_of_one_amount_each()
    {
        List<WorkerEvent> told = [];
        Store.Committed = told.AddRange;
        var day = BudgetAccount.OfDay(Day);
        var fact = new WorkerEvent(0, Noon, WorkerEventKind.BudgetWarned, "w1", "run_1", WorkerStatus.Running, "near");
        Assert.True(await Spending.WarnAsync(day, BudgetMeasure.Usd, 0, Noon, fact));
        Assert.False(await Spending.WarnAsync(day, BudgetMeasure.Usd, 0, Noon, fact));
        Assert.Equal(new GrantRow(BudgetMeasure.Usd, 0, 0), Assert.Single(await Spending.GrantsAsync(day, Token)));
        await Spending.GrantAsync(day, BudgetMeasure.Usd, 2, Noon);
        await Spending.GrantAsync(day, BudgetMeasure.Usd, 1, Noon);
        Assert.Equal(new GrantRow(BudgetMeasure.Usd, 2, 0), Assert.Single(await Spending.GrantsAsync(day, Token)));
        Assert.True(await Spending.WarnAsync(day, BudgetMeasure.Usd, 2, Noon, fact));
        await Spending.GrantAsync(day, BudgetMeasure.Tokens, 1, Noon);
        await Spending.GrantAsync(BudgetAccount.OfTask("t"), BudgetMeasure.Tokens, 1, Noon);
        Assert.Equal([new(BudgetMeasure.Tokens, 1, null), new GrantRow(BudgetMeasure.Usd, 2, 2)], await Spending.GrantsAsync(day, Token));
        Assert.Empty(await Spending.GrantsAsync(BudgetAccount.OfDay(Day.AddDays(1)), Token));
        Assert.Equal(2, told.Count);
        Assert.All(told, event_ => Assert.Equal((WorkerEventKind.BudgetWarned, "run_1", "near"), (event_.Kind, event_.RunId, event_.Text)));
    }

    [Fact]
    public async Task What_is_old_is_forgotten()
    {
        await Spending.PutAsync([Row("run_1"), Row("run_2") with { Updated = Noon.AddDays(1) }]);
        await Spending.GrantAsync(BudgetAccount.OfTask("a"), BudgetMeasure.Usd, 1, Noon);
        await Spending.GrantAsync(BudgetAccount.OfTask("b"), BudgetMeasure.Usd, 1, Noon.AddDays(1));
        await Spending.RemoveAsync(Noon.AddDays(1));
        Assert.Empty(await Spending.OfRunAsync("run_1", Token));
        Assert.Single(await Spending.OfRunAsync("run_2", Token));
        Assert.Empty(await Spending.GrantsAsync(BudgetAccount.OfTask("a"), Token));
        Assert.Single(await Spending.GrantsAsync(BudgetAccount.OfTask("b"), Token));
    }

    private static SpentRow Row(string runId, DateOnly? day = null) => new()
    {
        RunId = runId,
        Day = day ?? Day,
        FirstRun = runId,
        Pool = "a",
        WorkerType = "terminal-claude",
        Updated = Noon,
        Spent = new(0.1m, false, 1, 1, TimeSpan.FromSeconds(1)),
    };
}
