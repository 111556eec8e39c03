using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class NestedRunTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked for");

    [Fact(Timeout = Limit)]
    public async Task Run_within_a_run_is_stopped_with_it()
    {
        LiveProcesses.NeedsProc();
        var handle = await StartAsync($"MCPWORKERS_RUN={Mark}/inner setsid sh -c 'trap \"\" INT TERM; echo ready; {LongSleep()} & wait' & wait");
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, StopPlan.TerminateOnly with { Steps = [new(StopSignal.Terminate, TimeSpan.FromSeconds(0.3))] }, Cancellation);
        Assert.Empty(Left());
    }

    [Fact(Timeout = Limit)]
    public async Task Run_within_a_run_is_stopped_though_its_host_is_gone()
    {
        LiveProcesses.NeedsProc();

        // The inner host ends before any snapshot; what it started says by its lineage whose it is.
        var handle = await StartAsync(
            $"env -i MCPWORKERS_RUN={Mark}/inner {RunMarker.LineageVariable}=\":$MCPWORKERS_RUN:\" setsid -f sh -c 'echo ready; exec {LongSleep()}'; {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
    }

    [Fact]
    public void Lineage_names_every_run_around_a_run()
    {
        Assert.Null(RunMarker.LineageWithin(null, null));
        Assert.Equal(":m/outer:", RunMarker.LineageWithin("m/outer", null));
        Assert.Equal(":m/outer:n/inner:", RunMarker.LineageWithin("n/inner", ":m/outer:"));
    }
}
