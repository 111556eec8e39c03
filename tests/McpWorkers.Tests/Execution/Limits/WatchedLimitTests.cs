using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

/// <summary>Limits where no control group can be made: measured, and the run stopped past them.</summary>
public sealed class WatchedLimitTests : LimitScene
{
    private static ProcessLauncher Bare { get; } = new(TimeProvider.System) { UsesCgroups = false };

    [Fact(Timeout = Seconds)]
    public async Task Run_that_holds_twice_its_memory_is_stopped_with_the_figure()
    {
        LiveProcesses.NeedsProc();
        var end = await EndAsync(Bare, Limited(Hold(64), new() { MemoryBytes = 32 * Mebi }));
        WasStoppedFor(LimitKind.Memory, 32 * Mebi, end);
        Assert.Contains("more than 32 MiB of memory (", end.Stop!.Detail, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    [Fact(Timeout = Seconds)]
    public async Task Run_of_too_many_processes_is_stopped_with_the_figure()
    {
        LiveProcesses.NeedsProc();
        string sleep = LongSleep();
        var end = await EndAsync(Bare, Limited($"i=0; while [ $i -lt 1000 ]; do {sleep} & i=$((i+1)); done; wait", new() { Processes = 100 }));
        WasStoppedFor(LimitKind.Processes, 100, end);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
    }

    [Fact(Timeout = Seconds)]
    public async Task Run_that_fills_the_disk_is_stopped_also_by_an_observer_who_came_late()
    {
        var launch = Limited($"dd if=/dev/zero of=big bs=1M count=24 2>/dev/null; echo full; {LongSleep()}", new() { DiskBytes = 8 * Mebi });
        await UntilOutputAsync(await Bare.LaunchAsync(launch, Cancellation), "full");
        var adopted = await new ProcessLauncher(TimeProvider.System).AdoptAsync(launch.RunDirectory, Cancellation);
        WasStoppedFor(LimitKind.Disk, 8 * Mebi, await adopted.ObserveAsync(new LineCollector(), Cancellation));
        Assert.Empty(Left());
    }

    [Fact(Timeout = Seconds)]
    public async Task Limit_on_processor_time_is_refused_with_the_remedy()
    {
        var launch = Limited("echo begun", new() { Cpus = 0.5 });
        var refused = await Assert.ThrowsAsync<LaunchException>(() => Bare.LaunchAsync(launch, Cancellation));
        Assert.Contains("systemd-run", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cpus", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(launch.RunDirectory));
    }

    [Fact(Timeout = Seconds)]
    public async Task Limit_that_nothing_can_run_under_is_refused()
    {
        var refused = await Assert.ThrowsAsync<LaunchException>(() => Bare.LaunchAsync(Limited("echo begun", new() { MemoryBytes = 1000 }), Cancellation));
        Assert.Contains("at least 16 MiB", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Seconds)]
    public async Task Memory_that_many_processes_share_is_counted_once()
    {
        LiveProcesses.NeedsProc();
        var handle = await Bare.LaunchAsync(Limited($"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do {LongSleep()} & done; echo ready; wait", ResourceLimits.None), Cancellation);
        await UntilOutputAsync(handle, "ready");
        var record = LaunchRecord.Read(new RunFiles(handle.RunDirectory).Launch);
        var processes = RunProcesses.Of(new RunFiles(handle.RunDirectory).ReadPid()!.Value, record);
        var snapshots = new ProcessSnapshots(TimeProvider.System);
        processes.Note(snapshots.Recent());
        var tree = processes.Among(snapshots.Recent());
        long resident = tree.Sum(entry => entry.ResidentBytes);
        long exact = tree.Sum(entry => ProcessMemory.ProportionalBytes(entry.Key.Pid) ?? throw new InvalidOperationException("It has ended."));
        Assert.True(exact * 3 / 2 < resident, $"{tree.Count} processes share: {exact} of {resident}");
        Assert.Null(new TreeWatch(processes, snapshots, new() { MemoryBytes = (exact + resident) / 2 }).Exceeded());
        Assert.Equal(LimitKind.Memory, new TreeWatch(processes, snapshots, new() { MemoryBytes = exact / 2 }).Exceeded()?.Kind);
        await handle.StopAsync(new(StopKind.Cancelled, "asked"), StopPlan.KillNow, Cancellation);
    }

    [Fact(Timeout = Seconds)]
    public async Task Table_that_is_older_than_the_run_does_not_lose_its_processes()
    {
        LiveProcesses.NeedsProc();
        var before = ProcessTable.Read();
        var handle = await Bare.LaunchAsync(Limited($"echo ready; {LongSleep()}; :", ResourceLimits.None), Cancellation);
        await UntilOutputAsync(handle, "ready");
        var processes = RunProcesses.Of(new RunFiles(handle.RunDirectory).ReadPid()!.Value, LaunchRecord.Read(new RunFiles(handle.RunDirectory).Launch));
        processes.Note(before);
        var now = ProcessTable.Read();
        processes.Note(now);
        Assert.NotEmpty(processes.Among(now));
        await handle.StopAsync(new(StopKind.Cancelled, "asked"), StopPlan.KillNow, Cancellation);
    }
}
