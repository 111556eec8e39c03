using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

[Collection(Alone.Name)]
public sealed class ZombieTests : RunScene
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Short_runs_leave_no_zombies()
    {
        LiveProcesses.NeedsProc();
        var before = Zombies().ToHashSet();
        for (int round = 0; round < 10; round++)
        {
            var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => RunAsync("echo short; exit 4"), Cancellation)));
            Assert.All(ends, end => ExitedWith(4, end));
        }

        Assert.Empty(Zombies().Except(before));
    }

    /// <summary>Those of this process. Tests that give a run up, and kill what is left of it, leave some.</summary>
    private static IEnumerable<ProcessKey> Zombies() =>
        ProcessTable.Read().Where(entry => entry.Parent == Environment.ProcessId && entry.IsZombie).Select(entry => entry.Key);
}
