using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Launching;

/// <summary>What every launcher does alike, so that nobody above needs to know which one it is.</summary>
public sealed class LauncherContractTests(EngineFixture engines)
{
    private const int Limit = 180_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked for");

    private static readonly StopPlan Quick = new(
        [new(StopSignal.Interrupt, TimeSpan.FromSeconds(0.3)), new(StopSignal.Terminate, TimeSpan.FromSeconds(0.3))]);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Output_input_and_exit_status_are_the_commands(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var lines = new LineCollector();
        var end = await scene.RunAsync(scene.Script("cat; pwd; echo bad >&2; printf half; exit 7", input: new LaunchInput.Whole(LaunchScene.Bytes("in\n"))), lines);
        Assert.Equal(["in", scene.Work, "half"], lines.Lines);
        Assert.Equal(new ExitStatus.Code(7), end.Exit);
        Assert.Equal("bad\n", end.StderrTail);
        Assert.Null(end.Stop);
        Assert.InRange(end.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(new ExitStatus.Code(0), (await scene.RunAsync("true")).End.Exit);
        Assert.Equal(new ExitStatus.Code(139), (await scene.RunAsync("kill -SEGV $$")).End.Exit);
        Assert.Empty(scene.Left());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Interrupted_command_shows_what_it_uses_until_its_last_word(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var handle = await scene.StartAsync(scene.Script("trap 'echo last word; exit 42' INT; echo ready; while :; do sleep 0.05; done"));
        await LaunchScene.UntilOutputAsync(handle, "ready");
        var use = await UntilUseAsync(handle);
        Assert.InRange(use.MemoryBytes!.Value, 16 * 1024, 1024 * 1024 * 1024);
        Assert.InRange(use.Cpu!.Value, TimeSpan.Zero, TimeSpan.FromHours(1));
        await handle.StopAsync(Cancelled, null, LaunchScene.Cancellation);
        Assert.Null(handle.Measure());
        Assert.Empty(scene.Left());
        var lines = new LineCollector();
        var end = await handle.ObserveAsync(lines, LaunchScene.Cancellation);
        Assert.Equal(new ExitStatus.Code(42), end.Exit);
        Assert.Equal(Cancelled, end.Stop);
        Assert.Equal(["ready", "last word"], lines.Lines);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Tree_that_ignores_signals_is_killed_and_the_status_kept(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var handle = await scene.StartAsync(scene.Script(
            "trap '' INT TERM; setsid sh -c \"trap '' INT TERM; while :; do sleep 0.1; done\" & (trap '' TERM; while :; do sleep 0.05; done) & echo ready; while :; do sleep 0.05; done"));
        await LaunchScene.UntilOutputAsync(handle, "ready");
        var observing = handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        await handle.StopAsync(Cancelled, Quick, LaunchScene.Cancellation);
        Assert.Empty(scene.Left());
        var end = await observing;
        Assert.Equal(new ExitStatus.Code(137), end.Exit);
        Assert.Equal(Cancelled, end.Stop);
        Assert.Empty(end.Notes);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task What_a_command_leaves_behind_ends_with_it(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var (end, lines) = await scene.RunAsync("setsid sleep 1000 & (sleep 1001 &); sleep 0.1; echo done");
        Assert.Equal(new ExitStatus.Code(0), end.Exit);
        Assert.Equal(["done"], lines);
        Assert.Empty(scene.Left());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Another_host_comes_to_the_same_end_during_and_after_the_run(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.02; done; printf half; exit 11");
        var handle = await scene.StartAsync(launch);
        await LaunchScene.UntilOutputAsync(handle, "line 3");
        LineCollector[] readers = [new(), new()];
        var during = await scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation);
        var first = await during.ObserveAsync(readers[0], LaunchScene.Cancellation);
        var after = await scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation);
        Assert.True(after.HasEnded);
        var second = await after.ObserveAsync(readers[1], LaunchScene.Cancellation);
        Assert.Equal(new ExitStatus.Code(11), first.Exit);
        Assert.Equal((first.Exit, first.Output, first.Duration), (second.Exit, second.Output, second.Duration));
        Assert.Equal(21, readers[0].Count);
        Assert.Equal(readers[0].Lines, readers[1].Lines);
        Assert.Empty(scene.Left());
        await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Another_host_can_stop_it_and_holds_its_bounds(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("echo ready; while :; do sleep 0.1; done", bounds: RunBounds.Default with { WallClock = TimeSpan.FromSeconds(1) });
        var handle = await scene.StartAsync(launch);
        var end = await (await scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation)).ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        Assert.Equal(StopKind.WallClock, end.Stop?.Kind);
        Assert.Empty(scene.Left());
        await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Memory_over_the_limit_ends_the_run_with_that_reason(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var end = await scene.RunAsync(scene.Script("dd if=/dev/zero of=/dev/null bs=200M count=50", new() { MemoryBytes = 64 * 1024 * 1024 }));
        var reached = end.Reached ?? end.Stop?.Reached;
        Assert.Equal(LimitKind.Memory, reached?.Kind);
        Assert.Equal(64 * 1024 * 1024, reached?.Limit);
        Assert.NotEqual(new ExitStatus.Code(0), end.Exit);
        Assert.Equal(LimitKind.Memory, Assert.Single(end.Limits).Kind);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Processes_over_the_limit_end_the_run_with_that_reason(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var end = await scene.RunAsync(scene.Script("i=0; while [ $i -lt 60 ]; do sleep 30 & i=$((i+1)); done; wait", new() { Processes = 20 }));
        Assert.Equal(LimitKind.Processes, (end.Reached ?? end.Stop?.Reached)?.Kind);
        Assert.Empty(scene.Left());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Processors_time_is_no_more_than_the_limit(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        // On a machine that has much to do it may take a while until a tenth of a second comes in which the run could have had more.
        const string Script = """
            throttled() { cat /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu.stat 2>/dev/null | grep '^nr_throttled '; }
            i=0
            while [ $i -lt 40 ] && [ "$(throttled)" = "nr_throttled 0" ]; do i=$((i + 1)); timeout 0.5 sh -c 'while :; do :; done'; done
            throttled
            """;
        var lines = new LineCollector();
        await scene.RunAsync(scene.Script(Script, new() { Cpus = 0.1 }), lines);
        string throttled = Assert.Single(lines.Lines, line => line.StartsWith("nr_throttled ", StringComparison.Ordinal));
        Assert.NotEqual("nr_throttled 0", throttled);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Disk_over_the_limit_ends_the_run_with_that_reason(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var end = await scene.RunAsync(scene.Script("dd if=/dev/zero of=big bs=1M count=8; echo written; sleep 60", new() { DiskBytes = 4 * 1024 * 1024 }));
        Assert.Equal((StopKind.Resource, LimitKind.Disk), (end.Stop?.Kind, end.Stop?.Reached?.Kind));
        Assert.Equal(LimitHold.Watched, Assert.Single(end.Limits).Hold);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Eight_at_once_do_not_mix(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => scene.RunAsync($"echo {i}; sleep 0.2; exit {i}")));
        for (int i = 0; i < all.Length; i++)
        {
            Assert.Equal(new ExitStatus.Code(i), all[i].End.Exit);
            Assert.Equal([$"{i}"], all[i].Lines);
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Twenty_megabytes_arrive_whole(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var lines = new LineCollector();
        var end = await scene.RunAsync(scene.Script("yes 123456789 | head -c 20000000"), lines);
        Assert.Equal(new ExitStatus.Code(0), end.Exit);
        Assert.Equal(20_000_000, end.Output.StdoutBytes);
        Assert.Equal(2_000_000, lines.Count);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Files_belong_to_the_hosts_user(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        await scene.RunAsync("id -u; mkdir d; echo x >d/f");
        var (_, lines) = await scene.RunAsync("stat -c %u d/f; id -u");
        Assert.Equal([$"{Environment.GetEnvironmentVariable("UID") ?? lines[1]}", lines[1]], lines);
        Directory.Delete(Path.Combine(scene.Work, "d"), recursive: true);
    }

    [Theory(Timeout = Limit)]
    [InlineData(LaunchScene.Process)]
    [InlineData(LaunchScene.Docker)]
    [InlineData(LaunchScene.Podman)]
    public async Task Input_that_grows_is_read_to_its_end(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var handle = await scene.StartAsync(scene.Script("cat; echo over; exit 3", input: new LaunchInput.Channel(LaunchScene.Bytes("first\n"))));
        await LaunchScene.UntilOutputAsync(handle, "first\n");
        await handle.WriteInputAsync(LaunchScene.Bytes("second\n"), end: true, LaunchScene.Cancellation);
        var lines = new LineCollector();
        var end = await handle.ObserveAsync(lines, LaunchScene.Cancellation);
        Assert.Equal(new ExitStatus.Code(3), end.Exit);
        Assert.Equal(["first", "second", "over"], lines.Lines);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.All), MemberType = typeof(LaunchScene))]
    public async Task Launch_in_a_directory_that_is_not_there_is_refused(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("true") with { WorkingDirectory = Path.Combine(scene.Root, "none") };
        var e = await Assert.ThrowsAsync<LaunchException>(() => scene.StartAsync(launch));
        Assert.Contains("does not exist", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(launch.RunDirectory));
    }

    /// <summary>An engine is asked by the first looks, and answers to a later one.</summary>
    private static async Task<ExecutionUse> UntilUseAsync(IExecutionHandle handle)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (int look = 0; look < 400 && await ticks.WaitForNextTickAsync(LaunchScene.Cancellation); look++)
        {
            if (handle.Measure() is { Cpu: not null, MemoryBytes: > 0 } use)
            {
                return use;
            }
        }

        throw new Xunit.Sdk.XunitException($"Within 20 s nothing was told of what it uses; the last was {handle.Measure()}.");
    }
}
