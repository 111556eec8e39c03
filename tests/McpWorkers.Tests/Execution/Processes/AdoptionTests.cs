using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class AdoptionTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly StopReason Ended = new(StopKind.OwnerEnded, "the host is gone");

    [Fact(Timeout = Limit)]
    public async Task Second_observer_comes_to_the_same_end_during_and_after_the_run()
    {
        var handle = await StartAsync("i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.03; done; echo bad >&2; printf half; exit 11");
        await UntilOutputAsync(handle, "line 5");
        LineCollector[] readers = [new(), new(), new()];
        var during = (await new ProcessLauncher(TimeProvider.System).AdoptAsync(handle.RunDirectory, Cancellation)).ObserveAsync(readers[1], Cancellation);
        var first = await handle.ObserveAsync(readers[0], Cancellation);
        var after = await (await new ProcessLauncher(TimeProvider.System).AdoptAsync(handle.RunDirectory, Cancellation)).ObserveAsync(readers[2], Cancellation);

        Assert.Equal(first, await during);
        Assert.Equal(first, after);
        ExitedWith(11, first);
        Assert.Equal(new OutputCounts(154, 4, 21, 0, true), first.Output);
        Assert.Equal("bad\n", first.StderrTail);
        Assert.All(readers, reader => Assert.Equal(readers[0].Lines, reader.Lines));
        Assert.Equal(21, readers[2].Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Adopter_holds_the_bounds_that_were_set_at_launch()
    {
        var launch = Script($"echo a; {LongSleep()}", RunBounds.Default with { WallClock = TimeSpan.FromSeconds(1) });
        await StartAsync(launch);
        var end = await (await new ProcessLauncher(TimeProvider.System).AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(new LineCollector(), Cancellation);
        Assert.Equal(StopKind.WallClock, end.Stop?.Kind);
        Assert.InRange(end.Duration, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Limit)]
    public async Task Launch_without_pid_gets_a_tombstone_and_a_late_wrapper_starts_nothing()
    {
        var launch = Script("echo ran");
        await RunAsync(launch);
        string ticket = TicketOf(launch.RunDirectory);
        foreach (string name in new[] { "pid", "stdout.ndjson" })
        {
            File.Delete(Path.Combine(launch.RunDirectory, name));
        }

        var e = await Assert.ThrowsAsync<LaunchException>(() => Launcher.AdoptAsync(launch.RunDirectory, Cancellation));
        Assert.Contains("Nothing ever ran", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LaunchException>(() => Launcher.AdoptAsync(launch.RunDirectory, Cancellation));
        Assert.Equal("0\n", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "pid"), Cancellation));

        // Its ticket is withdrawn: also where the tombstone goes before the directory does, nothing begins there.
        Assert.False(File.Exists(Path.Combine(launch.RunDirectory, "ticket")));
        File.Delete(Path.Combine(launch.RunDirectory, "pid"));
        Assert.Equal(Wrapper.NotStarted, await ComeLateAsync(launch.RunDirectory, ticket));
        Assert.False(File.Exists(Path.Combine(launch.RunDirectory, "stdout.ndjson")));
        Assert.False(File.Exists(Path.Combine(launch.RunDirectory, "pid")));
    }

    [Fact(Timeout = Limit)]
    public async Task Wrapper_of_an_earlier_launch_leaves_the_next_ones_directory_alone()
    {
        var launch = Script("echo ran");
        await RunAsync(launch);
        string first = TicketOf(launch.RunDirectory);
        Directory.Delete(launch.RunDirectory, recursive: true);
        await RunAsync(launch);
        Assert.NotEqual(first, TicketOf(launch.RunDirectory));

        // As the next launch has it before its own wrapper has come.
        File.Delete(Path.Combine(launch.RunDirectory, "pid"));
        Assert.Equal(Wrapper.NotStarted, await ComeLateAsync(launch.RunDirectory, first));
        Assert.False(File.Exists(Path.Combine(launch.RunDirectory, "pid")));
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "stdout.ndjson"), Cancellation));
        Assert.Equal(0, await ComeLateAsync(launch.RunDirectory, TicketOf(launch.RunDirectory)));
        Assert.Equal("ran\nran\n", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "stdout.ndjson"), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Wrapper_whose_directory_becomes_another_launchs_in_between_starts_nothing()
    {
        // It stops at the FIFO after its first look at the ticket, and is let go on when there is another one.
        var files = new RunFiles(Root);
        RunFiles.Create(files.Ticket, "mine\n");
        RunFiles.Create(files.Exit, RunFiles.Running);
        await InShellAsync("mkfifo stdin stdout.ndjson");
        var late = ComeLateAsync(Root, "mine");
        await InShellAsync(": >stdin; echo another >ticket");
        Assert.Equal("", (await InShellAsync("cat stdout.ndjson")).Stdout);
        Assert.Equal(Wrapper.NotStarted, await late);
        Assert.NotNull(files.ReadPid());
    }

    [Theory(Timeout = Limit)]
    [InlineData(-1000)]
    [InlineData(1000)]
    public async Task Living_process_that_got_the_wrappers_id_by_chance_is_never_signalled(long ticksOff)
    {
        LiveProcesses.NeedsProc();

        // A session of its own with a child in it: what the wrapper's would look like.
        var bystander = await StartAsync($"trap 'exit 1' INT TERM; echo ready; {LongSleep()} & wait");
        await UntilOutputAsync(bystander, "ready");
        var key = new RunFiles(bystander.RunDirectory).ReadPid()!.Value;
        var forged = await ForgedAsync(new(key.Pid, (long.Parse(key.Start, CultureInfo.InvariantCulture) + ticksOff).ToString(CultureInfo.InvariantCulture)), null);

        var handle = await Launcher.AdoptAsync(forged, Cancellation);
        await handle.StopAsync(Ended, StopPlan.KillNow, Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);

        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Equal(0, end.LeftoversKilled);
        await bystander.StopAsync(Ended, null, Cancellation);
        ExitedWith(1, await bystander.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_of_another_start_of_the_machine_is_lost_and_nothing_is_signalled()
    {
        var bystander = await StartAsync($"trap 'exit 1' INT; echo ready; {LongSleep()} & wait");
        await UntilOutputAsync(bystander, "ready");
        var handle = await Launcher.AdoptAsync(await ForgedAsync(new RunFiles(bystander.RunDirectory).ReadPid()!.Value, "another boot"), Cancellation);

        await handle.StopAsync(Ended, StopPlan.KillNow, Cancellation);
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);

        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Null(end.Stop);
        await bystander.StopAsync(Ended, null, Cancellation);
        ExitedWith(1, await bystander.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Leftovers_of_a_killed_wrapper_are_found_by_an_adopter()
    {
        LiveProcesses.NeedsProc();
        var handle = await StartAsync($"echo ready; setsid {LongSleep()} & env -i {LongSleep()} & {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        await LiveProcesses.UntilAsync(() => Left().Count >= 7, TimeSpan.FromSeconds(5), "all of them are there");
        RunProcesses.Signal([new RunFiles(handle.RunDirectory).ReadPid()!.Value], StopSignal.Kill);
        var end = await (await new ProcessLauncher(TimeProvider.System).AdoptAsync(handle.RunDirectory, Cancellation)).ObserveAsync(new LineCollector(), Cancellation);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Empty(Left());

        // Here the wrapper's own parent is this process, which has its end still to take note of.
        await handle.ObserveAsync(new LineCollector(), Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Folder_without_a_launch_is_refused()
    {
        await Assert.ThrowsAsync<LaunchException>(() => Launcher.AdoptAsync(Path.Combine(Root, "none"), Cancellation));
        File.WriteAllText(Path.Combine(Root, "launch.json"), "{\"argv\":[]}");
        await Assert.ThrowsAsync<LaunchException>(() => Launcher.AdoptAsync(Root, Cancellation));
        Assert.False(File.Exists(Path.Combine(Root, "pid")));
    }

    [Fact(Timeout = Limit)]
    public async Task Sweep_kills_what_carries_the_owners_marker_and_nobody_elses()
    {
        LiveProcesses.NeedsProc();
        var ours = await StartAsync($"echo ready; {LongSleep()}");
        var others = await StartAsync(Script($"echo ready; {LongSleep()}") with { OwnerMark = Mark + "x" });
        await UntilOutputAsync(ours, "ready");
        await UntilOutputAsync(others, "ready");
        Assert.InRange(ProcessSweep.KillAllOf(Mark), 2, 3); // The wrapper ends by itself where its command was killed before it.
        await ours.ObserveAsync(new LineCollector(), Cancellation);
        Assert.Empty(LiveProcesses.Under(Mark + "/"));
        Assert.NotEmpty(LiveProcesses.Under(Mark + "x"));
        await others.StopAsync(Ended, null, Cancellation);
    }

    private static async Task<int?> ComeLateAsync(string runDirectory, string ticket) => (await CommandRunner.RunAsync(
        Wrapper.Shell, ["-c", Wrapper.WholeInput, "late", runDirectory, ticket, "", "/bin/sh", "-c", "echo ran"], TimeSpan.FromSeconds(5), Cancellation)).ExitCode;

    private static string TicketOf(string runDirectory) => File.ReadAllText(Path.Combine(runDirectory, "ticket")).Trim();

    private Task<CommandOutput> InShellAsync(string script) =>
        CommandRunner.RunAsync("/bin/sh", ["-c", $"cd '{Root}'; {script}"], TimeSpan.FromSeconds(10), Cancellation);

    /// <summary>A run directory that names this process as its wrapper, without exit status.</summary>
    private async Task<string> ForgedAsync(ProcessKey wrapper, string? bootId)
    {
        var launch = Script("true");
        await RunAsync(launch);
        string At(string name) => Path.Combine(launch.RunDirectory, name);
        await File.WriteAllTextAsync(At("pid"), $"{wrapper.Pid} {wrapper.Start}\n", Cancellation);
        await File.WriteAllTextAsync(At("exit"), "running\n", Cancellation);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(At("launch.json"), Cancellation))!;
        json["boot_id"] = bootId ?? json["boot_id"]!.GetValue<string>();
        await File.WriteAllTextAsync(At("launch.json"), json.ToJsonString(), Cancellation);
        return launch.RunDirectory;
    }
}
