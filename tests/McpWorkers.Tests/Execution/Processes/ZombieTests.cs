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
        for (int round = 0; round < 10; round++)
        {
            var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => RunAsync("echo short; exit 4"), Cancellation)));
            Assert.All(ends, end => ExitedWith(4, end));
        }

        var zombies = ProcessTable.Read().Where(entry => entry.Parent == Environment.ProcessId && entry.IsZombie);
        Assert.Empty(zombies);
    }
}
