using McpWorkers.Tests.Http.Delivery;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The short form of the proof of live delivery; the long one is a command of the benchmarks.</summary>
public sealed class LiveDeliveryTests
{
    [Fact(Timeout = 120_000)]
    public async Task Slow_readers_harm_nobody_and_lose_nothing_once_they_have_caught_up()
    {
        var figures = await LiveDelivery.RunAsync(
            workers: 100, perSecond: 20, readers: 20, slow: 5, TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        Assert.Equal(6001, figures.Events);
        Assert.Equal((0, 0), (figures.Missing, figures.Doubled));
        Assert.InRange(figures.SlowGaps, 5, int.MaxValue);
        Assert.InRange(figures.GrownBytes, long.MinValue, 64 * 1024 * 1024);
    }
}
