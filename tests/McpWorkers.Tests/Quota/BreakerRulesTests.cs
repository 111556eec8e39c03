using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using Xunit;

namespace McpWorkers.Tests.Quota;

/// <summary>What becomes of a pool, case by case. Times are minutes after noon.</summary>
public sealed class BreakerRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlyList<TimeSpan> Delays = new QuotaSettings().Probes;

    /// <summary>Without a stated time: 1, 5, 15, 60, 60 … minutes after the limit was met.</summary>
    [Fact]
    public void Where_nobody_says_when_it_ends_probes_come_after_1_5_15_and_60_minutes()
    {
        PoolState? state = null;
        var at = Noon;
        List<double> waits = [];
        for (int probe = 0; probe < 6; probe++)
        {
            state = Limited(state, $"run_{probe}", started: at, at, reset: null, dice: 1);
            waits.Add((state.Breaker.Until - at).TotalMinutes);
            at = state.Breaker.Until;
            state = state with { Probe = $"run_{probe + 1}", ProbeSince = at };
        }

        Assert.Equal([1, 5, 15, 60, 60, 60], waits);
        Assert.Equal((Noon, 5, false), (state!.Breaker.Opened, state.Breaker.Probes, state.Breaker.IsStated));
    }

    /// <param name="reset">Minutes after noon.</param>
    /// <param name="seconds">How long after the stated time the pool is held, at most.</param>
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 0.5, 3)]
    [InlineData(1, 1, 6)]
    [InlineData(300, 1, 60)]
    [InlineData(20_000, 1, 60)]
    public void A_stated_end_is_kept_to_with_a_tenth_more_and_a_minute_at_most(double reset, double dice, double seconds)
    {
        var state = Limited(null, "run_0", started: null, Noon, Minute(reset), dice);
        Assert.Equal(Minute(reset).AddSeconds(seconds), state.Breaker.Until);
        Assert.True(state.Breaker.IsStated);
    }

    /// <summary>Runs that had begun before, and meet the same limit a moment later: a hundred of them are one.</summary>
    /// <param name="known">When the pool is held until; negative for a time that was not stated.</param>
    /// <param name="said">What the other run was told; null for nothing.</param>
    [Theory]
    [InlineData(60, null, 60)]
    [InlineData(60, 30.0, 60)]
    [InlineData(60, 90.0, 90)]
    [InlineData(-1, null, 1)]
    [InlineData(-1, 30.0, 30)]
    [InlineData(-15, 2.0, 2)]
    [InlineData(-15, 0.0, 15)]
    public void What_another_run_was_told_counts_where_it_is_more(double known, double? said, double until)
    {
        var state = new PoolState(Breaker(Minute(Math.Abs(known)), isStated: known > 0));
        var after = Limited(state, "run_1", started: Noon.AddMinutes(-5), Noon, said is { } reset ? Minute(reset) : null);
        Assert.Equal((Minute(until), 0), (after.Breaker.Until, after.Breaker.Probes));
        Assert.Equal(until == Math.Abs(known), after == state);
    }

    [Fact]
    public void A_probe_that_is_told_a_new_time_is_followed_by_the_next_one_then()
    {
        var state = new PoolState(Breaker(Noon, isStated: false) with { Probes = 3 }, "run_1", Noon);
        var after = Limited(state, "run_1", started: Noon, Minute(1), Minute(30));
        Assert.Equal((Minute(30), true, 4, null), (after.Breaker.Until, after.Breaker.IsStated, after.Breaker.Probes, after.Probe));
    }

    [Fact]
    public void A_service_that_says_in_a_second_again_and_again_is_not_asked_every_second()
    {
        var state = Limited(null, "run_0", null, Noon, Noon.AddSeconds(1));
        state = Limited(state with { Probe = "run_1" }, "run_1", Noon.AddSeconds(1), Noon.AddSeconds(1), Noon.AddSeconds(2));
        Assert.Equal(Noon.AddSeconds(2), state.Breaker.Until);
        state = Limited(state with { Probe = "run_2" }, "run_2", Noon.AddSeconds(2), Noon.AddSeconds(2), Noon.AddSeconds(3));
        Assert.Equal(Noon.AddSeconds(62), state.Breaker.Until);
    }

    /// <param name="started">Minutes after noon, when the run was launched; the pool is held until 10.</param>
    [Theory]
    [InlineData("run_probe", null, true)]
    [InlineData("run_other", 5.0, false)]
    [InlineData("run_other", null, false)]
    [InlineData("run_other", 10.0, true)]
    [InlineData("run_other", 11.0, true)]
    public void Only_what_was_begun_after_the_end_of_the_limit_says_that_it_is_over(string run, double? started, bool isOver)
    {
        var state = new PoolState(Breaker(Minute(10), isStated: true), "run_probe", Minute(10));
        var after = BreakerRules.Served(state, (run, started is { } minute ? Minute(minute) : null));
        Assert.Equal(isOver, after is null);
    }

    [Fact]
    public void A_probe_that_says_nothing_makes_room_for_another_one()
    {
        var state = new PoolState(Breaker(Minute(10), isStated: true), "run_probe", Minute(10));
        Assert.Equal(PoolStand.Probing, state.At(Minute(11)));
        Assert.Same(state, BreakerRules.Over(state, "run_other"));
        Assert.Equal(PoolStand.Due, BreakerRules.Over(state, "run_probe").At(Minute(11)));

        // And one of which nothing is heard at all is not waited for without end.
        Assert.Equal(PoolStand.Due, state.At(Minute(10) + PoolState.ProbeMax));
    }

    [Fact]
    public void A_pool_stands_open_then_due_then_probing()
    {
        var state = new PoolState(Breaker(Minute(10), isStated: true));
        Assert.Equal(
            [PoolStand.Open, PoolStand.Due, PoolStand.Probing],
            [state.At(Minute(9)), state.At(Minute(10)), (state with { Probe = "r", ProbeSince = Minute(10) }).At(Minute(10))]);
        Assert.Equal((Minute(10), DateTimeOffset.MaxValue), (state.NextAt(Minute(9)), state.NextAt(Minute(10))));
    }

    private static DateTimeOffset Minute(double minute) => Noon.AddMinutes(minute);

    private static Breaker Breaker(DateTimeOffset until, bool isStated) =>
        new() { Pool = "p", Opened = Noon, Until = until, IsStated = isStated, Signal = "s", Message = "m" };

    private static PoolState Limited(PoolState? state, string run, DateTimeOffset? started, DateTimeOffset at, DateTimeOffset? reset, double dice = 0) =>
        BreakerRules.Limited(state, "p", (run, started), new("s", "m", reset), at, Delays, dice);
}
