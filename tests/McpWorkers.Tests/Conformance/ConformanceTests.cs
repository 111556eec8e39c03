using McpWorkers.Tests.Product;
using McpWorkers.Tests.RealAgents;
using Xunit;

namespace McpWorkers.Tests.Conformance;

/// <summary>The official conformance suites over HTTP, every scenario. They want a few cores for themselves.</summary>
[Collection(Alone.Name)]
public sealed class ConformanceTests
{
    [Theory(Timeout = 300_000)]
    // What a suite has is pinned with its version: fewer scenarios would be a suite that did not run.
    [InlineData("conformance-released", 32, "--suite", "all")]
    [InlineData("conformance-requirements", 33, "--requirements", "2025-11-25")]
    [InlineData("conformance-requirements", 50, "--requirements", "2026-07-28")]
    public async Task Every_scenario_of_the_official_suite_passes(string suite, int scenarios, params string[] which)
    {
        string program = Path.Combine(ProductPaths.Tools, "conformance", "node_modules", suite, "dist", "index.js");
        Needs.Node();
        if (!File.Exists(program))
        {
            Needs.Missing("The conformance suites are not in .tools/conformance; ./test.sh puts them there.");
        }

        await using var host = await ConformanceHost.StartAsync();
        using var home = new ProductHome();

        var ran = await ConformanceRun.OfAsync(home, program, ["server", "--url", host.Url, .. which], TestContext.Current.CancellationToken);

        Assert.True(ran.Failed.Count == 0, $"Failed: {string.Join(", ", ran.Failed)}\n{ran.Output}\n{host.Log}");
        Assert.Equal(scenarios, ran.Passed.Count);
        Assert.True(ran.ChecksPassed >= scenarios, ran.Output);
        Assert.Equal(0, ran.ChecksFailed);
        Assert.Equal(0, ran.ExitCode);
        Assert.Equal("", host.Log);
    }
}
