using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Budgets;

public sealed class BudgetTests
{
    private static readonly DateOnly Day = new(2026, 3, 1);

    [Fact]
    public void A_second_budget_narrows_the_first_and_never_widens_it()
    {
        var type = new Budget { Usd = 1, Turns = 10 };
        var call = new Budget { Usd = 5, Tokens = 1000, Turns = 3, Minutes = TimeSpan.FromMinutes(2) };
        Assert.Equal(new Budget { Usd = 1, Tokens = 1000, Turns = 3, Minutes = TimeSpan.FromMinutes(2) }, Budget.Least(type, call));
        Assert.Equal(Budget.Least(type, call), Budget.Least(call, type));
        Assert.Equal(type, Budget.Least(type, null));
        Assert.Equal(type, Budget.Least(Budget.None, type));
        Assert.True(Budget.Least(null, null).IsNone);
    }

    [Theory]
    [InlineData("claude-opus-5-5", "claude-opus-5-5", true)]
    [InlineData("claude-opus-5-5", "Claude-Opus-5-5", true)]
    [InlineData("claude-opus-5-5", "claude-opus-5-5-20260101", false)]
    [InlineData("claude-opus-*", "claude-opus-5-5", true)]
    [InlineData("claude-opus-*", "claude-opus-", true)]
    [InlineData("claude-opus-*", "claude-sonnet-5-5", false)]
    [InlineData("*/qwen3-*-plus", "vendor/qwen3-coder-plus", true)]
    [InlineData("*/qwen3-*-plus", "vendor/qwen3-plus", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*a", "aa", true)]
    [InlineData("*", "anything", true)]
    [InlineData("*", null, true)]
    [InlineData("gpt*", null, false)]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void A_price_is_found_by_the_models_name(string pattern, string? model, bool matches) =>
        Assert.Equal(matches, new ModelPrice(pattern, 1, 1, 1, 1).Matches(model));

    [Fact]
    public void The_price_that_says_most_counts()
    {
        var settings = new BudgetSettings { Prices = [Price("*", 1), Price("claude-*", 2), Price("claude-opus-*", 3)] };
        Assert.Equal(3, settings.PriceOf("claude-opus-5-5")!.Input);
        Assert.Equal(2, settings.PriceOf("claude-haiku")!.Input);
        Assert.Equal(1, settings.PriceOf(null)!.Input);
        Assert.Null(new BudgetSettings { Prices = [Price("claude-*", 2)] }.PriceOf("gpt"));

        static ModelPrice Price(string pattern, decimal input) => new(pattern, input, 0, 0, 0);
    }

    [Fact]
    public void Cached_tokens_are_counted_once_whichever_way_an_agent_counts()
    {
        var price = new ModelPrice("m", 4, 0.2m, 5, 20);
        Assert.Equal(0.00519m, price.Of(new(1000, 200, 30, 50)));
        Assert.Equal(0.00519m, price.Of(new(1230, 200, 30, 50, InputIncludesCached: true)));
        Assert.Equal(0m, price.Of(Usage.None));
    }

    [Fact]
    public void A_key_says_what_a_request_is_about()
    {
        var breach = new BudgetBreach("run_1",
        [
            new(BudgetAccount.OfRun("run_0"), BudgetMeasure.Usd, 1, 0, 1.2m, true),
            new(BudgetAccount.OfPool("terminal-claude#0a1b2c3d", Day), BudgetMeasure.Tokens, 100, 2, 301, false),
            new(BudgetAccount.OfDay(Day), BudgetMeasure.Minutes, 5, 1, 10, false),
        ]);
        Assert.True(BudgetBreach.TryParse(breach.Key, out string? run, out var granted));
        Assert.Equal("run_1", run);
        Assert.Equal(breach.Spent.Select(spent => (spent.Account, spent.Measure, spent.Times)), granted);
        Assert.Equal(
            "The run's budget: 1.2 of 1 USD spent (estimated). The day's budget of pool 'terminal-claude#0a1b2c3d': 301 of 300 tokens spent. "
            + "The day's budget: 10 of 10 minutes spent. Go on with as much again?",
            breach.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("budget")]
    [InlineData("budget run_1")]
    [InlineData("ask run_1 run|run_1||usd|0")]
    [InlineData("budget run_1 run|run_1||usd")]
    [InlineData("budget run_1 run|run_1||euro|0")]
    [InlineData("budget run_1 week|run_1||usd|0")]
    [InlineData("budget run_1 run|run_1||usd|-1")]
    [InlineData("budget run_1 run|run_1|2026-03-01|usd|0")]
    [InlineData("budget run_1 day|||usd|0")]
    [InlineData("budget run_1 day||2026-02-30|usd|0")]
    [InlineData("budget run_1 run|run_1||usd|0 nonsense")]
    public void What_is_no_key_of_ours_grants_nothing(string key) => Assert.False(BudgetBreach.TryParse(key, out _, out _));

    [Fact]
    public void A_prompts_figures_are_split_by_day_and_a_smaller_settled_figure_takes_from_the_last_days_first()
    {
        var split = new DaySplit([]);
        split.Set(Day, new(1m, true, 100, 2, TimeSpan.FromMinutes(1)));
        var changes = split.Set(Day.AddDays(1), new(1.5m, true, 150, 3, TimeSpan.FromMinutes(3)));
        Assert.Equal((Day.AddDays(1), new Spending(0.5m, true, 50, 1, TimeSpan.FromMinutes(2))), Assert.Single(changes));

        changes = split.Set(Day.AddDays(1), new(0.8m, false, 80, 3, TimeSpan.FromMinutes(3)));
        Assert.Equal([(Day, -0.2m, -20L), (Day.AddDays(1), -0.5m, -50L)], changes.Select(change => (change.Day, change.Change.Usd!.Value, change.Change.Tokens!.Value)));
        Assert.Equal([0.8m, 0m], split.Days.Select(day => day.Spent.Usd!.Value));
        Assert.Equal((0.8m, 80L, 3), (split.Total.Usd!.Value, split.Total.Tokens!.Value, split.Total.Turns));
    }

    [Fact]
    public void A_clock_that_is_put_back_over_midnight_begins_no_earlier_day()
    {
        var split = new DaySplit([(Day, new(1m, false, 1, 1, TimeSpan.Zero))]);
        Assert.Equal(Day, Assert.Single(split.Set(Day.AddDays(-1), new(2m, false, 2, 2, TimeSpan.Zero))).Day);
        Assert.Equal(2m, Assert.Single(split.Days).Spent.Usd);
    }
}
