using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>The short form of the load proof, with bounds that hold beside other tests; the figures are those of <c>McpWorkers.Benchmarks load</c>.</summary>
[Collection(Alone.Name)]
public sealed class LiveLoadTests(ITestOutputHelper output)
{
    private const int Workers = 10;
    private const int Seconds = 20;

    [Fact(Timeout = 180_000)]
    public async Task What_agents_say_comes_soon_and_costs_little()
    {
        LiveProcesses.NeedsProc();
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "The agents of this test are written in perl.");
        var figures = await DaemonLoad.RunAsync(
            ProductPaths.Executable, ProductPaths.Script("load/ticker.pl"), Workers, Seconds, output.WriteLine, TestContext.Current.CancellationToken);
        Assert.Equal(Workers, figures.Good);
        Assert.True(figures.Shown.Count > Workers * 20, $"Only {figures.Shown.Count} notifications came.");
        Assert.InRange(figures.Each.Quantile(0.5), 0, 500);
    }
}
