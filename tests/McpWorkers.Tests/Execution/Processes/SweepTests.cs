using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class SweepTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked");

    [Fact(Timeout = Limit)]
    public async Task Only_processes_of_runs_that_are_over_are_killed()
    {
        LiveProcesses.NeedsProc();
        var over = await StartAsync($"echo ready; {LongSleep()}");
        var live = await StartAsync($"echo ready; {LongSleep()}");
        var others = await StartAsync(Script($"echo ready; {LongSleep()}") with { OwnerMark = Mark + "x" });
        foreach (var run in new[] { over, live, others })
        {
            await UntilOutputAsync(run, "ready");
        }

        var asked = new HashSet<string>();
        var killed = ProcessSweep.KillOver(Mark, run => run == "run_1" & (asked.Add(run) | true));
        Assert.Equal(["run_1", "run_2"], asked.Order(StringComparer.Ordinal));
        Assert.InRange(killed.Count, 2, 3); // The wrapper ends by itself where its command was killed before it.
        Assert.All(killed, process => Assert.Equal("run_1", process.RunId));
        await over.ObserveAsync(new LineCollector(), Cancellation);
        Assert.Empty(ProcessSweep.KillOver(Mark, run => run == "run_1"));

        // The others end as they are asked to, not before.
        foreach (var run in new[] { live, others })
        {
            Assert.NotNull(ProcessTable.Find(WrapperOf(run)));
            await run.StopAsync(Cancelled, null, Cancellation);
            ExitedWith(130, await run.ObserveAsync(new LineCollector(), Cancellation));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Run_of_another_owner_is_known_by_the_run_of_ours_that_it_is_within()
    {
        LiveProcesses.NeedsProc();
        var outer = Script("true");
        await RunAsync(outer);
        var inner = await StartAsync(Script($"echo ready; {LongSleep()}") with { OwnerMark = "other-" + Mark, Lineage = RunLineage.Within(outer.RunDirectory) });
        await UntilOutputAsync(inner, "ready");
        Assert.Empty(ProcessSweep.KillOver(Mark, _ => false));
        Assert.InRange(ProcessSweep.KillOver(Mark, run => run == outer.RunId).Count, 2, 3);
        await inner.ObserveAsync(new LineCollector(), Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_within_a_run_that_is_over_is_left_alone_while_it_is_not_over_itself()
    {
        LiveProcesses.NeedsProc();
        var outer = Script("true");
        await RunAsync(outer);
        var inner = await StartAsync(Script($"echo ready; {LongSleep()}") with { Lineage = RunLineage.Within(outer.RunDirectory) });
        await UntilOutputAsync(inner, "ready");
        Assert.Empty(ProcessSweep.KillOver(Mark, run => run == outer.RunId));
        await inner.StopAsync(Cancelled, null, Cancellation);
        ExitedWith(130, await inner.ObserveAsync(new LineCollector(), Cancellation));
    }
}
