using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>Runs that a host launches on behalf of somebody who is in a run himself.</summary>
public sealed class LineageTests : RunScene
{
    private const int Limit = 20_000;

    [Fact(Timeout = Limit)]
    public async Task Run_launched_for_a_caller_within_a_run_ends_with_that_run_and_so_do_those_within_it()
    {
        LiveProcesses.NeedsProc();
        var outer = Script($"echo ready; {LongSleep()}");
        var handle = await StartAsync(outer);
        var middle = Script($"echo ready; {LongSleep()}") with { Lineage = RunLineage.Within(outer.RunDirectory) };
        var within = await StartAsync(middle);
        var inner = Script($"echo $MCPWORKERS_LINEAGE; {LongSleep()}") with { Lineage = RunLineage.Within(middle.RunDirectory) };
        var deepest = await StartAsync(inner);
        await UntilOutputAsync(handle, "ready");
        await UntilOutputAsync(within, "ready");
        await UntilOutputAsync(deepest, "\n");

        Assert.Equal($":{Mark}/run_1:{Mark}/run_2:", Output(deepest).Trim());
        var json = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(inner.RunDirectory, "launch.json"), Cancellation))!;
        Assert.Equal($"{Mark}/run_2", json["parent"]!.GetValue<string>());

        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
        await deepest.ObserveAsync(new LineCollector(), Cancellation);
        await within.ObserveAsync(new LineCollector(), Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_within_does_not_take_the_run_around_it_along()
    {
        var outer = Script($"echo ready; {LongSleep()}");
        var handle = await StartAsync(outer);
        await UntilOutputAsync(handle, "ready");
        var inner = await StartAsync(Script($"echo ready; {LongSleep()}") with { Lineage = RunLineage.Within(outer.RunDirectory) });
        await UntilOutputAsync(inner, "ready");
        await inner.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
        Assert.NotEmpty(Left());
        await handle.StopAsync(new(StopKind.Cancelled, ""), null, Cancellation);
    }
}
