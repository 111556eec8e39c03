using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Containers;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Launching;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>What containers have beyond the contract of launchers.</summary>
public sealed class ContainerLauncherTests(EngineFixture engines)
{
    private const int Limit = 180_000;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task Image_that_is_not_there_is_named_with_a_remedy(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("true");
        foreach (var pull in new[] { ImagePull.Never, ImagePull.IfMissing })
        {
            var e = await Assert.ThrowsAsync<LaunchException>(() => scene.StartAsync(launch with { Container = scene.Place("localhost/no-such-image:1") with { Pull = pull } }));
            Assert.Contains("'localhost/no-such-image:1'", e.Message, StringComparison.Ordinal);
            Assert.Contains("build", e.Message, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(launch.RunDirectory));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Image_without_a_shell_is_said_to_have_none(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var e = await Assert.ThrowsAsync<LaunchException>(() => scene.StartAsync(scene.Script("true") with { Container = scene.Place(EngineFixture.Shellless) }));
        Assert.Contains("has no /bin/sh", e.Message, StringComparison.Ordinal);
        Assert.Empty(await scene.LeftContainersAsync());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task What_an_engine_would_let_pass_is_refused_before(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        string missing = Path.Combine(scene.Root, "missing");
        await RefusedAsync(launch => launch with { Container = scene.Place() with { Mounts = [new(missing, missing)] } }, "'" + missing + "' does not exist");
        await RefusedAsync(launch => launch with { Limits = new() { MemoryBytes = 1024 * 1024 } }, "memory");
        await RefusedAsync(launch => launch with { Limits = new() { Cpus = 5000 } }, "cpus");
        await RefusedAsync(launch => launch with { Container = scene.Place() with { Network = "no-such-network" } }, "no-such-network");
        Assert.False(Path.Exists(missing));
        Assert.Empty(await scene.LeftContainersAsync());

        async Task RefusedAsync(Func<CommandLaunch, CommandLaunch> change, string words)
        {
            var e = await Assert.ThrowsAsync<LaunchException>(() => scene.StartAsync(change(scene.Script("true"))));
            Assert.Contains(words, e.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Kept), MemberType = typeof(LaunchScene))]
    public async Task Kept_container_keeps_its_state_between_runs_until_its_release(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        await scene.RunAsync("echo kept >/tmp/state");
        Assert.Equal(["kept"], (await scene.RunAsync("cat /tmp/state")).Lines);
        Assert.Single(await scene.LeftContainersAsync());
        await scene.Launcher.ReleaseAsync(scene.Mark, scene.WorkerId, LaunchScene.Cancellation);
        Assert.Empty(await scene.LeftContainersAsync());
        Assert.Empty(Directory.GetDirectories(Path.Combine(scene.Root, "shared")));
        await scene.Launcher.ReleaseAsync(scene.Mark, scene.WorkerId, LaunchScene.Cancellation);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Kept), MemberType = typeof(LaunchScene))]
    public async Task Kept_container_that_was_ended_from_outside_is_made_anew_and_said_so(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("echo ready; sleep 1000");
        var handle = await scene.StartAsync(launch);
        await LaunchScene.UntilOutputAsync(handle, "ready");
        await scene.Engine.KillAsync(scene.ContainerOf(launch), "SIGKILL", LaunchScene.Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Contains("is gone", Assert.Single(end.Notes), StringComparison.Ordinal);
        Assert.Equal(["again"], (await scene.RunAsync("echo again")).Lines);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Kept), MemberType = typeof(LaunchScene))]
    public async Task Kept_container_of_other_settings_is_made_anew_and_said_so(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        await scene.RunAsync("echo kept >/tmp/state");
        var end = await scene.RunAsync(scene.Script("test ! -e /tmp/state", new() { Processes = 50 }));
        Assert.Equal(new ExitStatus.Code(0), end.Exit);
        Assert.Contains("other settings", Assert.Single(end.Notes), StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task Container_that_was_killed_from_outside_ends_its_run(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("echo ready; sleep 1000");
        var handle = await scene.StartAsync(launch);
        await LaunchScene.UntilOutputAsync(handle, "ready");
        await scene.Engine.KillAsync(scene.ContainerOf(launch), "SIGKILL", LaunchScene.Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        Assert.Equal(new ExitStatus.Code(137), end.Exit);
        Assert.Null(end.Reached);
        var late = await (await scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation)).ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        Assert.Equal(end.Exit, late.Exit);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Run_that_never_began_cannot_begin_any_more_once_somebody_asked_for_it(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("echo ran");
        using var cut = new CancellationTokenSource();

        // As a host that was killed between the making and the start: only its traces are there.
        var handle = await scene.StartAsync(launch);
        await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        await File.WriteAllTextAsync(Path.Combine(launch.RunDirectory, "pid"), "", LaunchScene.Cancellation);
        File.Delete(Path.Combine(launch.RunDirectory, "started"));
        var e = await Assert.ThrowsAsync<LaunchException>(() => scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation));
        Assert.Contains("Nothing ever ran", e.Message, StringComparison.Ordinal);
        Directory.Delete(launch.RunDirectory, recursive: true);
        Assert.Equal(new ExitStatus.Code(0), (await scene.RunAsync(launch)).Exit);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Sweep_takes_what_is_over_and_nothing_else(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("echo ready; sleep 1000");
        var handle = await scene.StartAsync(launch);
        await LaunchScene.UntilOutputAsync(handle, "ready");
        var other = scene.NewLauncher();
        await other.SweepAsync(scene.Mark, _ => false, _ => false, LaunchScene.Cancellation);
        await other.SweepAsync(scene.Mark + "x", _ => true, _ => true, LaunchScene.Cancellation);
        Assert.False(handle.HasEnded);
        Assert.Single(await scene.LeftContainersAsync());
        await other.SweepAsync(scene.Mark, _ => true, _ => true, LaunchScene.Cancellation);
        Assert.Empty(await scene.LeftContainersAsync());
        await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Engine_that_is_stopped_mid_run_ends_it_with_words_about_that(string kind)
    {
        await using var engine = await EngineFixture.StartOwnAsync(kind.Split(',')[0]);
        var scene = LaunchScene.On(kind, engine);
        var handle = await scene.StartAsync(scene.Script("echo ready; sleep 1000"));
        await LaunchScene.UntilOutputAsync(handle, "ready");
        var observing = handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        await engine.StopAsync();
        var end = await observing;
        // An engine that ends in good order kills the container first: then that is seen and cleared away like any other such end.
        Assert.True(
            end.Exit == new ExitStatus.Code(137) || (end.Exit is ExitStatus.Unknown && end.Notes.Any(note => note.Contains("engine", StringComparison.Ordinal))),
            $"{end.Exit}: {string.Join(' ', end.Notes)}");
        Assert.Empty(scene.Left());
        var e = await Assert.ThrowsAsync<LaunchException>(() => scene.StartAsync(scene.Script("true")));
        Assert.Contains(engine.Address, e.Message, StringComparison.Ordinal);
        Directory.Delete(scene.Root, recursive: true);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Engine_that_does_not_see_our_files_streams_the_output_and_says_so(string kind)
    {
        string elsewhere = Directory.CreateTempSubdirectory("elsewhere-").FullName;
        await using (var scene = await LaunchScene.OnAsync(kind, engines, engine => new BlindEngine(engine, Path.GetTempPath(), elsewhere)))
        {
            var lines = new LineCollector();
            var launch = scene.Script("cat; echo bad >&2; exit 9", input: new LaunchInput.Whole(LaunchScene.Bytes("brought ü\n")));
            var end = await scene.RunAsync(launch, lines);
            Assert.Equal(new ExitStatus.Code(9), end.Exit);
            Assert.Equal(["brought ü"], lines.Lines);
            Assert.Equal("bad\n", end.StderrTail);
            Assert.Contains("does not see this machine's files", Assert.Single(end.Notes), StringComparison.Ordinal);
            Assert.False(LaunchRecord.Read(new RunFiles(launch.RunDirectory).Launch).Container!.SeesFiles);
            var e = await Assert.ThrowsAsync<LaunchException>(() => scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation));
            Assert.Contains("streamed", e.Message, StringComparison.Ordinal);
        }

        Directory.Delete(elsewhere, recursive: true);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task Launch_that_is_cancelled_leaves_nothing(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        using var cut = new CancellationTokenSource();
        var launching = scene.Launcher.LaunchAsync(scene.Script("sleep 1000"), cut.Token);
        await LiveProcesses.UntilAsync(() => Directory.Exists(Path.Combine(scene.Root, "runs", "run_1")), TimeSpan.FromSeconds(20), "it was begun");
        await cut.CancelAsync();
        try
        {
            var handle = await launching;
            await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, LaunchScene.Cancellation);
        }
        catch (OperationCanceledException)
        {
            // The likelier of the two.
        }

        Assert.Empty(await scene.LeftContainersAsync());
        Assert.Empty(scene.Left());
    }

    [Fact]
    public void Name_of_a_container_tells_its_worker_to_its_owner_alone()
    {
        string name = ContainerNames.OfWorker("owner", "term_1");
        Assert.Equal("term_1", ContainerNames.WorkerOf(name, "owner"));
        Assert.Null(ContainerNames.WorkerOf(name, "other"));
    }

    [Fact]
    public void Innermost_entry_of_the_path_map_counts()
    {
        var map = new PathMap(new Dictionary<string, string> { ["/data"] = "/srv/a", ["/data/runs/"] = "/mnt/b/" });
        Assert.Equal("/mnt/b/run_1", map.ToEngine("/data/runs/run_1"));
        Assert.Equal("/srv/a", map.ToEngine("/data"));
        Assert.Equal("/database", map.ToEngine("/database"));
    }
}
