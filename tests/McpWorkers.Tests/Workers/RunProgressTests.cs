using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class RunProgressTests
{
    [Fact]
    public void Deltas_show_their_last_line_and_whatever_comes_next_takes_their_place()
    {
        var progress = new RunProgress(SecretValues.None, TimeProvider.System);
        progress.Take(new AgentEvent.Text("first\nsec", Partial: true));
        progress.Take(new AgentEvent.Text("ond", Partial: true));
        Assert.Equal("second", progress.Activity);

        progress.Take(new AgentEvent.Text(" third", Partial: true));
        progress.Take(new AgentEvent.Text("whole", Partial: false));
        Assert.Equal(("whole", "whole"), (progress.Activity, progress.Text));
    }

    [Fact]
    public void Millions_of_deltas_cost_next_to_nothing()
    {
        var progress = new RunProgress(SecretValues.None, TimeProvider.System);
        var delta = new AgentEvent.Text("y", Partial: true);
        progress.Take(delta);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000_000; i++)
        {
            progress.Take(delta);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        Assert.Equal(160, progress.Activity.Length);
    }
}
