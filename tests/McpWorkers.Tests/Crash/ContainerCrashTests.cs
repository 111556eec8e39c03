using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>The short form of the crash test over containers; the long one is <c>McpWorkers.Benchmarks container-crash</c>, see docs/proofs.md.</summary>
public sealed class ContainerCrashTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int Limit = 400_000;

    [Theory(Timeout = Limit)]
    [InlineData(TestEngine.Docker, 3)]
    [InlineData(TestEngine.Podman, 3)]
    public async Task What_was_acknowledged_comes_out_of_containers_whole_and_once(string kind, int rounds)
    {
        var engine = await engines.GetAsync(kind);
        int seed = Random.Shared.Next(1_000_000);
        var faults = await new ContainerCrash(ProductPaths.Executable, engine.Address, EngineFixture.Busybox, seed, output.WriteLine)
            .RunAsync(rounds, TestContext.Current.CancellationToken);
        Assert.Empty(faults);
    }
}
