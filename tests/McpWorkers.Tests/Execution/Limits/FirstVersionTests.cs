using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

/// <summary>Machines with version 1 of control groups alone: they have no file that kills a whole group.</summary>
public sealed class FirstVersionTests : LimitScene
{
    private const int Many = 30_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked");

    private ProcessLauncher First { get; } = new(TimeProvider.System) { Hierarchies = CgroupHierarchies.OfThisMachine with { Unified = null } };

    [Fact(Timeout = Seconds)]
    public async Task Command_that_renews_itself_all_the_time_is_stopped_and_no_limit_is_blamed()
    {
        Needed();

        // Many more are allowed than there are at once: those that ended count until somebody has taken note of them. Each starts the next one and is gone, with nothing in its environment: whoever is found in a walk has already been replaced.
        var launch = Limited("next() { trap '' INT TERM; (next) & }; for i in 1 2 3; do (next) & done; echo ready; exec env -i sleep 60", new() { Processes = Many });
        var handle = await First.LaunchAsync(launch, Cancellation);
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        Assert.Null(end.Reached);
        Assert.Equal([new HeldLimit(LimitKind.Processes, Many, LimitHold.Enforced)], end.Limits);
        Assert.Empty(Left());
        Assert.Empty(Cgroups.Of(Mark));
    }

    [Fact(Timeout = Seconds)]
    public async Task What_evades_every_other_search_is_killed_at_the_end_of_a_run_without_limits()
    {
        Needed();
        string sleep = LongSleep();
        var end = await EndAsync(First, Script($"(env -i setsid sh -c '{sleep}; :' &); while ! pgrep -fx '{sleep}' >/dev/null; do sleep 0.01; done; exit 4"));
        ExitedWith(4, end);
        Assert.Equal(2, end.LeftoversKilled);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
        Assert.Empty(Cgroups.Of(Mark));
    }

    [Fact(Timeout = Seconds)]
    public async Task Limit_that_was_reached_before_a_stop_is_known_after_it()
    {
        Needed();
        var launch = Limited("trap '' INT TERM; dd if=/dev/zero of=/dev/null bs=64M count=1; echo died; sleep 60", new() { MemoryBytes = 32 * Mebi, Processes = 64 });
        var handle = await First.LaunchAsync(launch, Cancellation);
        await UntilOutputAsync(handle, "died");
        await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        Assert.Equal((StopKind.Cancelled, LimitKind.Memory), (end.Stop!.Kind, end.Reached!.Kind));
    }

    private static void Needed()
    {
        LiveProcesses.NeedsProc();
        Assert.SkipUnless(CgroupHierarchies.OfThisMachine.First.Count == 3, "Version 1 of control groups is not mounted here.");
        NeedsKernel(LimitKind.Memory);
        NeedsKernel(LimitKind.Processes);
    }
}
