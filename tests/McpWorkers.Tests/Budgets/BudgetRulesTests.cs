using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Budgets;

public sealed class BudgetRulesTests
{
    private static readonly Budget Usd = new() { Usd = 1 };
    private static readonly Budget Tokens = new() { Tokens = 1000 };
    private static readonly Budget Turns = new() { Turns = 5 };
    private static readonly Budget Minutes = new() { Minutes = TimeSpan.FromMinutes(5) };

    public enum What
    {
        Run,
        Task,
        Pool,
        Day,
    }

    /// <summary>Agent's usage, whether it says its cost, whether there is a price, the budget, whose it is; part of the refusal or of the warning, - for none.</summary>
    public static TheoryData<UsageReporting, bool, bool, string, What, string, string> Cases => new()
    {
        { UsageReporting.None, false, true, "usd", What.Run, "never says what it uses", "-" },
        { UsageReporting.None, false, true, "tokens", What.Run, "never says what it uses", "-" },
        { UsageReporting.None, false, true, "tokens", What.Task, "never says what it uses", "-" },
        { UsageReporting.None, false, true, "usd", What.Pool, "never says what it uses", "-" },
        { UsageReporting.None, false, true, "usd", What.Day, "-", "the day's budget in USD does not count it" },
        { UsageReporting.None, false, true, "tokens", What.Day, "-", "the day's budget in tokens does not count it" },
        { UsageReporting.None, false, true, "turns", What.Run, "-", "One in minutes is held" },
        { UsageReporting.None, false, true, "turns", What.Day, "-", "-" },
        { UsageReporting.None, false, true, "minutes", What.Run, "-", "-" },
        { UsageReporting.AtEnd, true, false, "usd", What.Run, "-", "of the run is checked between runs, and one run may overshoot it" },
        { UsageReporting.AtEnd, true, false, "tokens", What.Task, "-", "of the task is checked between runs, and one run may overshoot it" },
        { UsageReporting.AtEnd, true, false, "usd", What.Day, "-", "of the day is checked between runs" },
        { UsageReporting.AtEnd, false, false, "usd", What.Run, "has no price for the model 'm'", "-" },
        { UsageReporting.AtEnd, false, true, "usd", What.Run, "-", "one run may overshoot it" },
        { UsageReporting.AtEnd, false, false, "tokens", What.Pool, "-", "one run may overshoot it" },
        { UsageReporting.AtEnd, false, false, "usd", What.Day, "-", "has no price for its model: the day's budget in USD does not count it" },
        { UsageReporting.AtEnd, true, false, "turns", What.Run, "-", "-" },
        { UsageReporting.AtEnd, true, false, "minutes", What.Day, "-", "-" },
        { UsageReporting.Live, true, false, "usd", What.Run, "-", "-" },
        { UsageReporting.Live, false, false, "tokens", What.Run, "-", "-" },
        { UsageReporting.Live, false, false, "usd", What.Task, "has no price for the model 'm'", "-" },
        { UsageReporting.Live, false, true, "usd", What.Pool, "-", "-" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_budget_that_cannot_be_held_is_refused_and_one_that_may_be_overshot_is_warned_of(
        UsageReporting usage, bool saysCost, bool hasPrice, string measure, What whose, string refusal, string warning)
    {
        var budget = measure switch { "usd" => Usd, "tokens" => Tokens, "turns" => Turns, _ => Minutes };
        var run = Meters.Run() with
        {
            Capabilities = new(true, true, usage, saysCost),
            Model = "m",
            Budget = whose == What.Run ? budget : Budget.None,
            TaskBudget = whose == What.Task ? budget : Budget.None,
            PoolBudget = whose == What.Pool ? budget : Budget.None,
        };
        var settings = new BudgetSettings
        {
            Day = whose == What.Day ? budget : Budget.None,
            Prices = hasPrice ? [new("m*", 1, 1, 1, 1)] : [],
        };
        Check(refusal, BudgetRules.Refusal(run, settings));
        Check(refusal == "-" ? warning : "-", refusal == "-" ? string.Join(' ', BudgetRules.Warnings(run, settings)) : null);
    }

    [Fact]
    public void A_model_that_is_not_known_beforehand_needs_a_price_for_every_model()
    {
        var run = Meters.Run() with { Capabilities = new(true, true, UsageReporting.Live, false), Budget = Usd };
        Assert.Contains("a pattern '*' would be one", BudgetRules.Refusal(run, new() { Prices = [new("m*", 1, 1, 1, 1)] }));
        Assert.Null(BudgetRules.Refusal(run, new() { Prices = [new("*", 1, 1, 1, 1)] }));
    }

    private static void Check(string expected, string? said)
    {
        if (expected == "-")
        {
            Assert.True(string.IsNullOrEmpty(said), said);
        }
        else
        {
            Assert.Contains(expected, said);
        }
    }
}
