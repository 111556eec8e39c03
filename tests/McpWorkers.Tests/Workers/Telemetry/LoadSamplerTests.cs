using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Telemetry;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers.Telemetry;

/// <summary>What workers are seen to use, with real processes.</summary>
public sealed class LoadSamplerTests
{
    private const long Mebi = 1024 * 1024;

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worker_shows_the_processor_memory_and_processes_of_its_whole_tree(bool usesCgroups)
    {
        LiveProcesses.NeedsProc();
        await using var host = new TestHost(scripts: ("busy", "(while :; do :; done) & (head -c 32m /dev/zero && exec sleep 60) | tail | grep never"));
        await using var manager = new WorkerManager(
            host.Settings, AgentCatalog.Default(), new ProcessLauncher(TimeProvider.System) { UsesCgroups = usesCgroups }, ExecutableFinder.Find, TimeProvider.System);
        string id = (await manager.SpawnAsync(new() { WorkerType = "busy" })).Single();
        Assert.Null(manager.List().Single().Load);

        await manager.SubmitAsync(id, "go");
        var load = await UntilAsync(manager, load => load is { CpuPercent: > 10, MemoryBytes: > 16 * Mebi, Processes: >= 4 });

        // The table of processes may be a second old, which is much where looks are a fifth of one apart.
        Assert.InRange(load.CpuPercent!.Value, 10, 1000.0 * Environment.ProcessorCount);
        Assert.InRange(load.MemoryBytes!.Value, 16 * Mebi, 512 * Mebi);
        Assert.Equal(load, manager.SystemLoad().Workers[id]);
        Assert.Empty(manager.As(new() { ParentRun = "run_0000000000000000" }).SystemLoad().Workers);

        await manager.CancelAsync(id, "seen enough");
        manager.Load.RunOnce();
        Assert.Null(manager.List().Single().Load);
        Assert.Empty(manager.SystemLoad().Workers);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_machine_and_the_host_are_told_with_a_bounded_history()
    {
        LiveProcesses.NeedsProc();
        await using var host = new TestHost();
        for (int look = 0; look < LoadSampler.PointsMax + 5; look++)
        {
            host.Manager.Load.RunOnce();
        }

        var load = host.Manager.SystemLoad();

        Assert.Equal(Environment.ProcessorCount, load.Machine.Processors);
        Assert.InRange(load.Machine.MemoryUsedBytes!.Value, 1, load.Machine.MemoryTotalBytes!.Value);
        Assert.InRange(load.Machine.DiskFreeBytes!.Value, 1, load.Machine.DiskTotalBytes!.Value);
        Assert.InRange(load.Host.MemoryBytes, Mebi, load.Machine.MemoryTotalBytes.Value);
        Assert.Equal(LoadSampler.PointsMax, load.History.Count);
        Assert.Equal(load.Time, load.History[^1].Time);
        Assert.All(load.History, point => Assert.InRange(point.CpuPercent ?? 0, 0, 100));
    }

    [Theory]
    [InlineData("0:01.50", 1.5)]
    [InlineData("12:34.25", 754.25)]
    [InlineData("00:01:02", 62)]
    [InlineData("2-03:04:05", 183845)]
    [InlineData("?", 0)]
    public void Processor_time_is_read_as_ps_prints_it(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), PsDuration.Read(text));

    /// <summary>Looks again and again, since what a process has used is counted in hundredths of a second.</summary>
    private static async Task<WorkerLoad> UntilAsync(WorkerManager manager, Predicate<WorkerLoad?> isSo)
    {
        WorkerLoad? load = null;
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (int look = 0; look < 150 && await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken); look++)
        {
            manager.Load.RunOnce();
            load = manager.List().Single().Load;
            if (isSo(load))
            {
                return load!;
            }
        }

        throw new Xunit.Sdk.XunitException($"Within 30 s it did not come to that; the last was {load}.");
    }
}
