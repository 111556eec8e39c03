using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>The short form of the queue's crash proof; the long one is <c>McpWorkers.Benchmarks task-crash</c>, see docs/proofs.md.</summary>
public sealed class TaskCrashTests(ITestOutputHelper output)
{
    private const int Limit = 300_000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    [Fact(Timeout = Limit)]
    public async Task Nothing_is_lost_and_nothing_doubled_while_the_daemon_is_killed()
    {
        LiveProcesses.NeedsProc();
        var faults = await new TaskCrash(ProductPaths.Executable, Random.Shared.Next(1_000_000), output.WriteLine)
            .RunAsync(Duration, TestContext.Current.CancellationToken);
        Assert.Empty(faults);
    }
}
