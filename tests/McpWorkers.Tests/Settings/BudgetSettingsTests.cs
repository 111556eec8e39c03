using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class BudgetSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Nothing_is_bounded_where_nobody_said_so()
    {
        _place.Write("user/ecosystem.yaml", "workers: [{name: a, agent: claude}]\nroles: [{name: r}]");
        var settings = _place.Load().Settings;
        Assert.True(settings.Budgets.Day.IsNone);
        Assert.Empty(settings.Budgets.Prices);
        Assert.True(settings.WorkerTypes[0].Budget.IsNone && settings.WorkerTypes[0].PoolBudget.IsNone && settings.Roles[0].Budget.IsNone);
    }

    [Fact]
    public void Everything_that_can_be_bounded_is_read()
    {
        _place.Write("user/ecosystem.yaml", """
            workers: [{name: a, agent: claude, budget: {usd: 0.5, minutes: 0.5}, pool_budget: {tokens: 1000000}}]
            roles: [{name: r, budget: {turns: 7}}]
            """);
        _place.Write("user/mcpworkers.yaml", """
            budgets: {day: {usd: 12.5, tokens: 3}}
            prices:
              - {name: "claude-*", input: 4, cached: 0.2, cache_write: 5, output: 20}
              - {name: "*/qwen3*", input: 1}
            """);
        var settings = _place.Load().Settings;
        Assert.Equal(new Budget { Usd = 0.5m, Minutes = TimeSpan.FromSeconds(30) }, settings.WorkerTypes[0].Budget);
        Assert.Equal(new Budget { Tokens = 1_000_000 }, settings.WorkerTypes[0].PoolBudget);
        Assert.Equal(new Budget { Turns = 7 }, settings.Roles[0].Budget);
        Assert.Equal(new Budget { Usd = 12.5m, Tokens = 3 }, settings.Budgets.Day);
        Assert.Equal([new("claude-*", 4, 0.2m, 5, 20), new ModelPrice("*/qwen3*", 1, 1, 1, 0)], settings.Budgets.Prices);
    }

    [Fact]
    public void A_days_budget_can_be_set_by_a_variable_and_a_price_by_a_later_file()
    {
        _place.Write("shipped/mcpworkers.yaml", "prices: [{name: m, input: 4, output: 20}]");
        _place.Write("user/mcpworkers.yaml", "prices: [{name: m, input: 5}]\nbudgets: {day: {usd: 1, turns: 2}}");
        var settings = _place.Load(environment: new() { ["MCPWORKERS_BUDGETS_DAY_USD"] = "2.5" }).Settings;
        Assert.Equal(new Budget { Usd = 2.5m, Turns = 2 }, settings.Budgets.Day);
        Assert.Equal(new ModelPrice("m", 5, 5, 5, 20), Assert.Single(settings.Budgets.Prices));
    }

    [Theory]
    [InlineData("budgets: {day: {usd: 0}}", "budgets.day.usd: '0' is not allowed")]
    [InlineData("budgets: {day: {usd: -1}}", "budgets.day.usd: '-1' is not allowed")]
    [InlineData("budgets: {day: {tokens: 1.5}}", "budgets.day.tokens: '1.5' is not allowed")]
    [InlineData("budgets: {day: {turns: 0}}", "budgets.day.turns: '0' is not allowed")]
    [InlineData("budgets: {day: {euro: 1}}", "budgets.day.euro is not a known key")]
    [InlineData("prices: [{name: \"a b\", input: 1}]", "is not allowed")]
    [InlineData("prices: [{input: 1}]", "prices[0] has no name")]
    [InlineData("prices: [{name: m, input: -1}]", "prices.m.input: '-1' is not allowed")]
    public void What_cannot_be_is_refused_and_named(string yaml, string problem)
    {
        _place.Write("user/mcpworkers.yaml", yaml);
        Assert.Contains(problem, string.Join('\n', _place.Problems()), StringComparison.Ordinal);
    }
}
