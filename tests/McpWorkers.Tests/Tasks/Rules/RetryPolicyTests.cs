using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Rules;

public sealed class RetryPolicyTests
{
    private static readonly RetryRules Rules = new(MaxAttempts: 4, DeathsMax: 3, AfterLoss: true, First: TimeSpan.FromSeconds(10), Longest: TimeSpan.FromSeconds(60));

    /// <summary>Each cause there is: what follows the first attempt, and what the last one.</summary>
    [Theory]
    [InlineData("none", "completed", "completed")]
    [InlineData("verification_failed", "at once", "failed")]
    [InlineData("agent_error", "later", "failed")]
    [InlineData("crash", "later", "failed")]
    [InlineData("lost", "later", "failed")]
    [InlineData("service_unavailable", "later", "failed")]
    [InlineData("rate_limited", "later", "failed")]
    [InlineData("wall_clock", "later", "failed")]
    [InlineData("silence", "later", "failed")]
    [InlineData("output_limit", "failed", "failed")]
    [InlineData("resource_limit", "failed", "failed")]
    [InlineData("agent_limit", "failed", "failed")]
    [InlineData("missing", "failed", "failed")]
    [InlineData("refused", "failed", "failed")]
    [InlineData("invalid", "failed", "failed")]
    [InlineData("launch_failed", "later", "failed")]
    [InlineData("cancelled", "cancelled", "cancelled")]
    [InlineData("host_busy", "at once", "at once")]
    public void Each_cause_has_its_consequence(string cause, string afterFirst, string afterLast)
    {
        Assert.Equal(afterFirst, Name(After(cause, 1, 1)));
        Assert.Equal(afterLast, Name(After(cause, 4, 1)));
    }

    [Fact]
    public void No_cause_is_left_out() => Assert.Equal(
        Enum.GetValues<AttemptCause>().Length,
        typeof(RetryPolicyTests).GetMethod(nameof(Each_cause_has_its_consequence))!.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Length);

    [Theory]
    [InlineData("crash")]
    [InlineData("lost")]
    public void The_third_death_makes_a_dead_letter(string cause)
    {
        Assert.Equal("later", Name(After(cause, 2, 2)));
        Assert.Equal("dead", Name(After(cause, 3, 3)));
    }

    [Fact]
    public void A_role_may_forbid_another_attempt_after_a_loss()
    {
        var strict = Rules with { AfterLoss = false };
        Assert.Equal("failed", Name(RetryPolicy.After(new(AttemptOutcome.Lost, AttemptCause.Lost), 1, 1, strict, 0)));
        Assert.Equal("later", Name(RetryPolicy.After(new(AttemptOutcome.Failed, AttemptCause.Crash), 1, 1, strict, 0)));
    }

    [Fact]
    public void Delays_double_up_to_the_longest_and_spread()
    {
        Assert.Equal([5, 10, 20, 30, 30], new[] { 1, 2, 3, 4, 50 }.Select(tries => RetryPolicy.DelayAfter(tries, Rules, 0).TotalSeconds));
        Assert.Equal([10, 20, 40, 60, 60], new[] { 1, 2, 3, 4, 50 }.Select(tries => RetryPolicy.DelayAfter(tries, Rules, 1).TotalSeconds));
        var delays = Enumerable.Range(0, 200).Select(i => RetryPolicy.DelayAfter(1, Rules, i / 200.0)).ToList();
        Assert.Equal(200, delays.Distinct().Count());
    }

    private static NextStep After(string cause, int tries, int deaths)
    {
        Assert.True(AttemptNames.TryParse(cause, out AttemptCause known));
        return RetryPolicy.After(new(AttemptOutcome.Failed, known), tries, deaths, Rules, 0.5);
    }

    private static string Name(NextStep step) => step switch
    {
        NextStep.Finish(var state) => state.ToWire(),
        NextStep.Again(var delay) => delay == TimeSpan.Zero ? "at once" : "later",
        _ => "?",
    };
}
