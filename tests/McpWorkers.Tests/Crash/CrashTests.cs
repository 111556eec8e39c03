using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>The short form of the crash test; the long one is <c>McpWorkers.Benchmarks crash</c>, see docs/proofs.md.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Limit = 300_000;

    [Theory(Timeout = Limit)]
    [InlineData("Daemon", 2)]
    [InlineData("Client", 1)]
    [InlineData("DaemonUnderRelay", 1)]
    [InlineData("DaemonThenMany", 1)]
    [InlineData("Everything", 1)]
    public async Task What_was_acknowledged_comes_out_right_and_once(string victim, int rounds)
    {
        LiveProcesses.NeedsProc();

        // The seed is told, so that a failure can be gone through again.
        int seed = Random.Shared.Next(1_000_000);
        var faults = await new CrashRounds(ProductPaths.Executable, seed, output.WriteLine)
            .RunAsync(rounds, [Enum.Parse<CrashVictim>(victim)], TestContext.Current.CancellationToken);
        Assert.Empty(faults);
    }
}
