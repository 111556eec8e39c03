using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>A command runs as the same user and can do to its run directory what it likes: that may cost its result, never a hang or a lie.</summary>
public sealed class HostileDirectoryTests : RunScene
{
    private const int Limit = 30_000;

    // The run's directory, as the command itself can find it out.
    private const string FindDirectory = "F=$(readlink /proc/$$/fd/1); D=${F%/*}; echo begun; sleep 0.3; ";

    [Theory(Timeout = Limit)]
    [InlineData("rm $D/exit; mkfifo $D/exit; exit 3")]
    [InlineData("rm $D/stderr.log; mkfifo $D/stderr.log; exit 3")]
    [InlineData("rm $D/stop.json; mkfifo $D/stop.json; exit 3")]
    [InlineData("rm $D/pid; mkfifo $D/pid; exit 3")]
    public async Task A_fifo_in_the_place_of_a_file_holds_up_nobody(string script)
    {
        var end = await RunAsync(Script(FindDirectory + script));

        ExitedWith(3, end);
    }

    [Theory(Timeout = Limit)]
    [InlineData("rm $D/exit; echo 0 >$D/exit; exit 3")]
    [InlineData("echo 0 >$D/exit; sleep 0.3; exit 3")]
    public async Task A_forged_exit_status_is_not_believed(string script)
    {
        var end = await RunAsync(Script(FindDirectory + script));

        ExitedWith(3, end);
        Assert.True(end.Duration > TimeSpan.Zero);
    }

    [Fact(Timeout = Limit)]
    public async Task A_run_whose_directory_is_gone_ends_with_its_command_and_still_has_its_status()
    {
        var reader = new LineCollector();
        var handle = await StartAsync(FindDirectory + "rm -rf $D; sleep 0.3; exit 4");

        var end = await handle.ObserveAsync(reader, Cancellation);

        ExitedWith(4, end);
        Assert.Equal(["begun"], reader.Lines);
    }

    [Fact(Timeout = Limit)]
    public async Task The_bounds_hold_for_a_run_whose_directory_is_gone()
    {
        var launch = Script(FindDirectory + $"rm -rf $D; {LongSleep()}", RunBounds.Default with { WallClock = TimeSpan.FromSeconds(1) });

        var end = await RunAsync(launch);

        Assert.Equal(StopKind.WallClock, end.Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task A_flood_of_short_lines_is_stopped_near_its_bound()
    {
        const long Bound = 8_000_000;
        var launch = Script("yes", RunBounds.Default with { OutputBytesMax = Bound });

        var end = await RunAsync(launch);

        Assert.Equal(StopKind.OutputBytes, end.Stop?.Kind);
        Assert.InRange(end.Output.Lines, 1, Bound);
    }
}
