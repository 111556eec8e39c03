using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class BoundsTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly RunBounds Wide = RunBounds.Default with { WallClock = TimeSpan.FromSeconds(15) };
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.6);

    /// <summary>Says of a line what stands in it.</summary>
    private static LineCollector Judge() => new(line => new(
        line.Contains("tool", StringComparison.Ordinal),
        line.Contains("background", StringComparison.Ordinal),
        line.Contains("result", StringComparison.Ordinal)));

    [Fact(Timeout = Limit)]
    public async Task Nothing_said_ends_as_no_first_output()
    {
        var end = await RunAsync(LongSleep(), Judge(), Wide with { FirstOutput = Short });
        Assert.Equal(new StopReason(StopKind.NoFirstOutput, "no first output (0.6 s)", Short), end.Stop);
        ExitedWith(130, end);
    }

    [Fact(Timeout = Limit)]
    public async Task Silence_after_a_line_ends_as_silence()
    {
        var end = await RunAsync($"echo a; sleep 0.3; echo b; {LongSleep()}", Judge(), Wide with { Silence = Short, FirstOutput = Short });
        Assert.Equal(new StopReason(StopKind.Silence, "no output (0.6 s)", Short), end.Stop);
        Assert.Equal(2, end.Output.Lines);
        Assert.InRange(end.Duration, TimeSpan.FromSeconds(0.85), TimeSpan.FromSeconds(5));
    }

    [Theory(Timeout = Limit)]
    [InlineData("tool")]
    [InlineData("background")]
    public async Task Silence_is_longer_while_work_is_open(string open)
    {
        var bounds = Wide with { Silence = TimeSpan.FromSeconds(0.4), SilenceInTool = TimeSpan.FromSeconds(1.5) };
        ExitedWith(0, await RunAsync($"echo {open}; sleep 1; echo closed", Judge(), bounds));
        var end = await RunAsync($"echo {open}; {LongSleep()}", Judge(), bounds);
        Assert.Equal(new StopReason(StopKind.Silence, "no output (1.5 s)", bounds.SilenceInTool), end.Stop);
    }

    [Fact(Timeout = Limit)]
    public async Task Wall_clock_counts_though_lines_come()
    {
        var end = await RunAsync("while :; do echo a; sleep 0.05; done", Judge(), Wide with { WallClock = Short });
        Assert.Equal(new StopReason(StopKind.WallClock, "time-out (0.6 s)", Short), end.Stop);
        Assert.InRange(end.Output.Lines, 3, 40);
    }

    [Fact(Timeout = Limit)]
    public async Task Life_after_the_result_ends_as_that()
    {
        var end = await RunAsync($"echo result; {LongSleep()}", Judge(), Wide with { AfterResult = Short });
        Assert.Equal(StopKind.AfterResult, end.Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Life_after_the_result_is_allowed_while_background_work_is_open()
    {
        var bounds = Wide with { AfterResult = Short };
        var end = await RunAsync($"echo result background; sleep 1.2; echo result; {LongSleep()}", Judge(), bounds);
        Assert.Equal(StopKind.AfterResult, end.Stop?.Kind);
        Assert.Equal(2, end.Output.Lines);
    }

    [Fact(Timeout = Limit)]
    public async Task Life_after_the_result_counts_anew_with_any_line()
    {
        var bounds = Wide with { AfterResult = Short };
        ExitedWith(0, await RunAsync("echo result; for i in 1 2 3 4; do sleep 0.3; echo result $i; done", Judge(), bounds));
    }

    [Fact(Timeout = Limit)]
    public async Task Flood_is_killed_and_read_as_far_as_was_allowed()
    {
        var bounds = Wide with { OutputBytesMax = 20_000_001 };
        var lines = new LineCollector();
        long before = GC.GetTotalAllocatedBytes();
        var end = await RunAsync("trap '' INT TERM; yes 0123456", lines, bounds);
        long allocated = GC.GetTotalAllocatedBytes() - before;

        Assert.Equal(StopKind.OutputBytes, end.Stop?.Kind);
        Assert.Equal(2_500_001, end.Output.Lines);
        Assert.Equal(lines.Count, end.Output.Lines);
        Assert.True(end.Output.StdoutBytes > bounds.OutputBytesMax);
        Assert.InRange(end.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(allocated, 0, 1_000_000_000); // the collector's own strings
        var again = await (await Launcher.AdoptAsync(Path.Combine(Root, "run_1"), Cancellation)).ObserveAsync(new LineCollector(), Cancellation);
        Assert.Equal(end with { LeftoversKilled = 0 }, again);
    }

    [Fact(Timeout = Limit)]
    public async Task Flood_of_standard_error_counts_too()
    {
        var end = await RunAsync("yes >&2", Judge(), Wide with { OutputBytesMax = 3_000_000 });
        Assert.Equal(StopKind.OutputBytes, end.Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Reader_that_finds_it_hopeless_ends_the_run_with_its_reason()
    {
        var reason = new StopReason(StopKind.Hopeless, "the key was refused");
        var end = await RunAsync($"echo retry; {LongSleep()}", new LineCollector(_ => new(false, false, false, reason)), Wide);
        Assert.Equal(reason, end.Stop);
        Assert.InRange(end.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Limit)]
    public async Task Command_that_has_ended_in_time_has_reached_no_bound()
    {
        var handle = await StartAsync("echo result; exit 3", Wide with { WallClock = Short, Silence = Short, AfterResult = Short });
        await UntilOutputAsync(handle, "result");
        await Task.Delay(Short * 1.5, Cancellation);
        var end = await handle.ObserveAsync(Judge(), Cancellation);
        ExitedWith(3, end);
        Assert.Null(end.Stop);
    }
}
