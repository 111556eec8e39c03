using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Quota;

/// <summary>How long an agent may try against a limit.</summary>
public sealed class LimitWatchTests
{
    private readonly HandTime _time = new();

    [Fact]
    public void An_agent_that_tries_again_holds_no_pool_until_its_time_is_up()
    {
        var watch = Watch();
        Assert.Null(watch.Take(SignalSource.Stream, "retrying 429: x"));
        for (int second = 0; second < 60; second += 10)
        {
            Assert.Null(watch.Overdue());
            Pass(10);
            Assert.Null(watch.Take(SignalSource.Stream, "retrying 429: x"));
        }

        Pass(1);
        Assert.Equal("status-429", watch.Overdue()?.Signal);
    }

    [Fact]
    public void Whoever_is_served_meanwhile_begins_anew()
    {
        var watch = Watch();
        watch.Take(SignalSource.Stream, "retrying 429: x");
        Pass(59);
        watch.Progress();
        Assert.Null(watch.Standing);
        Pass(10);
        watch.Take(SignalSource.Stream, "retrying 429: x");
        Pass(59);
        Assert.Null(watch.Overdue());
    }

    /// <param name="reset">Seconds from now until the limit ends.</param>
    /// <param name="allowed">How long the agent may go on.</param>
    [Theory]
    [InlineData(5, 20)]
    [InlineData(60, 75)]
    [InlineData(61, 15)]
    [InlineData(18_000, 15)]
    public void An_end_that_is_near_is_waited_for_and_a_far_one_is_not(int reset, int allowed)
    {
        var watch = Watch();
        Assert.NotNull(watch.Take(SignalSource.Stream, "rate_limited: x", _time.GetUtcNow().AddSeconds(reset)));
        Pass(allowed);
        Assert.Null(watch.Overdue());
        Pass(1);
        Assert.NotNull(watch.Overdue());
    }

    [Fact]
    public void What_is_known_better_later_counts()
    {
        var watch = Watch();
        watch.Take(SignalSource.Stream, "retrying 429: x");
        Pass(50);
        var resets = _time.GetUtcNow().AddHours(5);
        Assert.Equal(resets, watch.Take(SignalSource.Stream, "rate_limited: y", resets)?.ResetsAt);
        watch.Take(SignalSource.Stream, "retrying 429: x");
        Pass(16);
        Assert.Equal(resets, watch.Overdue()?.ResetsAt);
    }

    private LimitWatch Watch() => new(new SignalTable(BuiltInSignals.All), "claude", TimeSpan.FromSeconds(60), _time);

    private void Pass(double seconds) => _time.Pass(TimeSpan.FromSeconds(seconds));
}
