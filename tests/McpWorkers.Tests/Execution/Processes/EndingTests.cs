using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class EndingTests : RunScene
{
    private const int Limit = 30_000;

    [Theory(Timeout = Limit)]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 125", 125)]
    [InlineData("kill -SEGV $$", 139)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -INT $$", 130)]
    public async Task Exit_status_is_the_commands_or_128_and_its_signal(string script, int code) => ExitedWith(code, await RunAsync(script));

    [Fact(Timeout = Limit)]
    public async Task Grandchildren_in_sessions_of_their_own_are_killed_at_the_end()
    {
        LiveProcesses.NeedsProc();
        var end = await RunAsync($"setsid -f {LongSleep()}; (setsid sh -c '{LongSleep()} & exit' &); echo done");
        ExitedWith(0, end);
        Assert.Null(end.Stop);
        Assert.Equal(2, end.LeftoversKilled);
        Assert.Empty(Left());
    }

    [Fact(Timeout = Limit)]
    public async Task Grandchild_without_marker_and_session_is_killed_where_a_snapshot_has_shown_it()
    {
        LiveProcesses.NeedsProc();
        string hidden = LongSleep();

        // It is a child of the script for long enough, then it is orphaned.
        var handle = await StartAsync($"(env -i setsid sh -c 'echo hidden; {hidden} & echo $!; sleep 1.6; exit' ) & sleep 1.8; echo done; exit 3");
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        ExitedWith(3, end);
        Assert.Equal(1, end.LeftoversKilled);
        Assert.Empty(LiveProcesses.WithCommand(hidden));
    }

    [Fact(Timeout = Limit)]
    public async Task Much_on_standard_error_holds_up_nothing()
    {
        var lines = new LineCollector();
        var end = await RunAsync("head -c 300000 /dev/zero | tr '\\0' e >&2; echo the end >&2; echo '{\"ok\":1}'", lines);
        ExitedWith(0, end);
        Assert.Equal(["{\"ok\":1}"], lines.Lines);
        Assert.Equal(300_008, end.Output.StderrBytes);
        Assert.Equal(8 * 1024, end.StderrTail.Length);
        Assert.EndsWith("eethe end\n", end.StderrTail, StringComparison.Ordinal);
        Assert.InRange(end.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Limit)]
    public async Task Raw_bytes_are_kept()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "a\xff\xfe"u8, 0xFF, 0xFE, 0, .. "b\r\nlast"u8];
        var end = await RunAsync(Script("cat", input: new LaunchInput.Whole(bytes)));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Root, "run_1", "stdout.ndjson"), Cancellation));
        Assert.Equal(2, end.Output.Lines);
        Assert.True(end.Output.UnterminatedLastLine);
    }

    [Fact(Timeout = Limit)]
    public async Task Grandchild_that_holds_the_output_open_delays_nothing()
    {
        long begun = TimeProvider.System.GetTimestamp();
        var end = await RunAsync($"({LongSleep()}) & echo out; exit 0");
        ExitedWith(0, end);
        Assert.InRange(end.LeftoversKilled, 1, 2);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Limit)]
    public async Task Closed_output_is_not_the_end()
    {
        string witness = Path.Combine(Root, "witness");
        ExitedWith(5, await RunAsync(Script("echo out; exec 1>&- 2>&-; sleep 0.7; : >\"$1\"; exit 5", arguments: witness)));
        Assert.True(File.Exists(witness));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_whose_wrapper_was_killed_is_cleared_and_its_exit_unknown(bool stopped)
    {
        var handle = await StartAsync($"echo out; {LongSleep()} & {LongSleep()}");
        await UntilOutputAsync(handle, "out");
        if (stopped)
        {
            StopRecord.TryWrite(Path.Combine(handle.RunDirectory, "stop.json"), new(StopKind.WallClock, "time-out", TimeSpan.FromSeconds(9)), TimeProvider.System.GetUtcNow());
        }

        RunProcesses.Signal([new RunFiles(handle.RunDirectory).ReadPid()!.Value], StopSignal.Kill);

        // Else the stop that had begun is gone on with, and takes them first.
        await LiveProcesses.UntilAsync(() => handle.HasEnded, TimeSpan.FromSeconds(5), "the wrapper is gone");
        var lines = new LineCollector();
        var end = await handle.ObserveAsync(lines, Cancellation);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Equal(3, end.LeftoversKilled);
        Assert.Equal(stopped ? new StopReason(StopKind.WallClock, "time-out", TimeSpan.FromSeconds(9)) : null, end.Stop);
        Assert.Equal(["out"], lines.Lines);
        Assert.Empty(Left());
    }

    [Fact(Timeout = Limit)]
    public async Task Exit_status_and_stop_survive_a_full_disk()
    {
        using var disk = await SmallDisk.MountAsync(Root, Cancellation);
        var bounds = RunBounds.Default with { WallClock = TimeSpan.FromSeconds(1) };
        var launch = Script("head -c 5000000 /dev/zero | tr '\\0' x; exit 9", root: disk.Path);
        ExitedWith(9, await RunAsync(launch));
        Assert.InRange(new FileInfo(Path.Combine(launch.RunDirectory, "stdout.ndjson")).Length, 1, 1024 * 1024);

        // A run that began before the disk was full can still be stopped, and whoever observes it knows why. Emptied, not deleted: a deleted file keeps
        // its room for as long as anyone has it open, and a process that is just being started by another test inherits it for a moment.
        using (var output = File.OpenWrite(Path.Combine(launch.RunDirectory, "stdout.ndjson")))
        {
            output.SetLength(0);
        }

        var end = await RunAsync(Script($"head -c 5000000 /dev/zero | tr '\\0' x; {LongSleep()}", bounds, root: disk.Path));
        Assert.Equal(StopKind.WallClock, end.Stop?.Kind);
    }
}
