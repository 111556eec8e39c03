using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>The short form of the proof that a kill loses no byte; the long one is <c>McpWorkers.Benchmarks worktree-crash 100</c>.</summary>
public sealed class WorktreeCrashTests(ITestOutputHelper output)
{
    [Fact(Timeout = 240_000)]
    public async Task Not_a_byte_that_was_written_is_lost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The host of this proof is killed as on Linux.");
        int seed = Random.Shared.Next(1_000_000);
        string executable = Path.Combine(AppContext.BaseDirectory, "McpWorkers.Benchmarks");
        Assert.Empty(await new WorktreeCrash(executable, seed, output.WriteLine).RunAsync(10, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 300_000)]
    public async Task Nor_is_one_where_the_daemon_falls_in_the_middle_of_it()
    {
        LiveProcesses.NeedsProc();
        int seed = Random.Shared.Next(1_000_000);

        // One round goes through all phases and takes ten to twenty seconds: many rounds are for the long form.
        Assert.Empty(await new ScribeRounds(ProductPaths.Executable, 2, seed, output.WriteLine).RunAsync(1, TestContext.Current.CancellationToken));
    }
}
