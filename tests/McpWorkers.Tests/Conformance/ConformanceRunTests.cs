using Xunit;

namespace McpWorkers.Tests.Conformance;

public sealed class ConformanceRunTests
{
    [Fact]
    public void A_summary_is_read()
    {
        var run = ConformanceRun.Of("=== SUMMARY ===\n✓ ping: 2 passed, 0 failed\n✗ tools-list: 1 passed, 1 failed\n\nTotal: 3 passed, 1 failed\n", 1);

        Assert.Equal(["ping"], run.Passed);
        Assert.Equal(["tools-list"], run.Failed);
        Assert.Equal((3, 1), (run.ChecksPassed, run.ChecksFailed));
    }

    [Fact]
    public void Output_without_a_summary_is_no_success()
    {
        var run = ConformanceRun.Of("Error: connect ECONNREFUSED", 0);

        Assert.Empty(run.Passed);
        Assert.NotEqual(0, run.ChecksFailed);
    }
}
