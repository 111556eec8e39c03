using McpWorkers.Engine.Tasks.Rules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Rules;

public sealed class RetryBudgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 30, TimeSpan.Zero);

    [Fact]
    public void What_fits_comes_as_it_is()
    {
        var budget = new RetryBudget(2);
        Assert.Equal([0, 7], new[] { 0, 7 }.Select(seconds => Fit(budget, seconds)));
    }

    [Fact]
    public void What_does_not_fit_is_spread_over_the_next_minute_that_has_room()
    {
        var budget = new RetryBudget(2);
        _ = (Fit(budget, 0), Fit(budget, 1));

        // The next minute begins in 30 seconds.
        Assert.Equal([30, 60], new[] { 0.0, 0.5 }.Select(dice => Fit(budget, 2, dice)));
        Assert.Equal(90, Fit(budget, 3));

        // One that would come later anyway is not moved by those before it; another queue has a budget of its own.
        Assert.Equal(200, Fit(budget, 200));
        Assert.Equal(4, Fit(budget, 4, queue: "low_priority"));
    }

    [Fact]
    public void What_an_earlier_host_had_planned_counts()
    {
        var budget = new RetryBudget(1);
        budget.Count("default", Now.AddSeconds(10));
        Assert.Equal(30, Fit(budget, 0));
    }

    [Fact]
    public void Two_hundred_that_fail_together_never_start_as_a_storm()
    {
        var budget = new RetryBudget(60);
        var random = new Random(7);
        var starts = Enumerable.Range(0, 200).Select(_ => Fit(budget, 5 + (random.NextDouble() * 5), random.NextDouble())).ToList();
        var ofMinutes = starts.GroupBy(start => Math.Floor((30 + start) / 60)).ToList();
        Assert.All(ofMinutes, minute => Assert.InRange(minute.Count(), 1, 60));
        Assert.Equal(4, ofMinutes.Count);
        Assert.InRange(starts.GroupBy(Math.Floor).Max(second => second.Count()), 1, 20);
    }

    private static double Fit(RetryBudget budget, double seconds, double dice = 0, string queue = "default") =>
        budget.Fit(new(TimeSpan.FromSeconds(seconds)), queue, Now, dice).Delay.TotalSeconds;
}
