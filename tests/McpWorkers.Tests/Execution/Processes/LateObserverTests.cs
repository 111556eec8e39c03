using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>Who comes to a run that went on without anybody: bounds and times count as if he had been there, whatever became of the clock.</summary>
public sealed class LateObserverTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly RunBounds Wide = RunBounds.Default with { WallClock = TimeSpan.FromHours(1), Silence = TimeSpan.FromHours(1), FirstOutput = TimeSpan.FromHours(1) };

    [Fact(Timeout = Limit)]
    public async Task Wall_clock_bound_counts_from_the_launch()
    {
        var launch = await RunningAsync($"while :; do echo a; sleep 0.05; done", Wide with { WallClock = Minute / 2 });
        await MakeOlderAsync(launch, Minute, Minute);
        Assert.Equal(StopKind.WallClock, (await ObserveLateAsync(launch)).Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Silence_counts_from_the_last_output()
    {
        var launch = await RunningAsync($"echo a; {LongSleep()}", Wide with { Silence = Minute / 2 });
        await MakeOlderAsync(launch, Minute, Minute);
        File.SetLastWriteTimeUtc(Path.Combine(launch.RunDirectory, "stdout.ndjson"), (TimeProvider.System.GetUtcNow() - (Minute * 0.9)).UtcDateTime);
        Assert.Equal(StopKind.Silence, (await ObserveLateAsync(launch)).Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Life_after_the_result_counts_from_the_result()
    {
        var launch = await RunningAsync($"echo result; {LongSleep()}", Wide with { AfterResult = Minute / 2 });
        await MakeOlderAsync(launch, Minute, Minute);
        File.SetLastWriteTimeUtc(Path.Combine(launch.RunDirectory, "stdout.ndjson"), (TimeProvider.System.GetUtcNow() - (Minute * 0.9)).UtcDateTime);
        var reader = new LineCollector(line => new(false, false, line.Contains("result", StringComparison.Ordinal)));
        Assert.Equal(StopKind.AfterResult, (await (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(reader, Cancellation)).Stop?.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Nothing_said_until_now_ends_as_no_first_output()
    {
        var launch = await RunningAsync($": >ready; {LongSleep()}", Wide with { FirstOutput = Minute / 2 });
        await MakeOlderAsync(launch, Minute, Minute);
        Assert.Equal(StopKind.NoFirstOutput, (await ObserveLateAsync(launch)).Stop?.Kind);
    }

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_that_was_set_meanwhile_stops_nobody(int days)
    {
        var launch = await RunningAsync("echo a; while [ ! -e go ]; do sleep 0.02; done; exit 5", Wide with { Silence = Minute / 2, WallClock = Minute * 2 });
        await MakeOlderAsync(launch, Minute + (days * Day), Minute);
        File.SetLastWriteTimeUtc(Path.Combine(launch.RunDirectory, "stdout.ndjson"), (TimeProvider.System.GetUtcNow() - (Minute * 0.9) - (days * Day)).UtcDateTime);
        var observing = ObserveLateAsync(launch);
        await Task.Delay(TimeSpan.FromMilliseconds(300), Cancellation);
        Assert.False(observing.IsCompleted);
        await File.WriteAllTextAsync(Path.Combine(Root, "go"), "", Cancellation);
        var end = await observing;
        ExitedWith(5, end);
        Assert.Null(end.Stop);
    }

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Duration_is_what_passed_though_the_clock_was_set(int days)
    {
        var launch = Script("sleep 0.3; exit 5");
        ExitedWith(5, await RunAsync(launch));
        var honest = (await ObserveLateAsync(launch)).Duration;
        await MakeOlderAsync(launch, days * Day, TimeSpan.Zero);
        Assert.Equal(honest, (await ObserveLateAsync(launch)).Duration);
        Assert.InRange(honest, TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(10));
    }

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Duration_of_a_run_without_a_witness_is_neither_negative_nor_longer_than_it_can_have_been(int days)
    {
        var launch = await RunningAsync($"echo a; {LongSleep()}", Wide);
        RunProcesses.Signal([new RunFiles(launch.RunDirectory).ReadPid()!.Value], StopSignal.Kill);
        await MakeOlderAsync(launch, days * Day, TimeSpan.Zero);
        var end = await ObserveLateAsync(launch);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.InRange(end.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact(Timeout = Limit)]
    public async Task After_another_start_of_the_machine_a_run_is_lost_with_what_it_had_written()
    {
        var launch = await RunningAsync($"echo said; {LongSleep()}", Wide);
        var lines = new LineCollector();
        var end = await (await new ProcessLauncher(TimeProvider.System, "another start").AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(lines, Cancellation);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Equal(["said"], lines.Lines);
        Assert.Equal(0, end.LeftoversKilled);
        Assert.NotEmpty(Left());
        await (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
        await ObserveLateAsync(launch);
    }

    [Fact(Timeout = Limit)]
    public async Task What_was_written_before_is_read_whole_before_silence_is_judged()
    {
        // The tool call that makes the silence right stands at the very end of much output.
        var bounds = Wide with { Silence = Minute / 2, SilenceInTool = Minute * 5 };
        var launch = await RunningAsync("head -c 3000000 /dev/zero | tr '\\0' '\\n'; echo tool; while [ ! -e go ]; do sleep 0.02; done", bounds);
        await LiveProcesses.UntilAsync(() => File.ReadAllText(Path.Combine(launch.RunDirectory, "stdout.ndjson")).EndsWith("tool\n", StringComparison.Ordinal), TimeSpan.FromSeconds(5), "all is written");
        await MakeOlderAsync(launch, Minute, Minute);
        File.SetLastWriteTimeUtc(Path.Combine(launch.RunDirectory, "stdout.ndjson"), (TimeProvider.System.GetUtcNow() - (Minute * 0.9)).UtcDateTime);
        var reader = new LineCollector(line => new(line == "tool", false, false));
        var observing = (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(reader, Cancellation);
        await LiveProcesses.UntilAsync(() => reader.Count > 3_000_000, TimeSpan.FromSeconds(10), "all is read");
        await File.WriteAllTextAsync(Path.Combine(Root, "go"), "", Cancellation);
        Assert.Null((await observing).Stop);
    }

    /// <summary>A run that nobody observes, once it has said or made something.</summary>
    private async Task<CommandLaunch> RunningAsync(string script, RunBounds bounds)
    {
        var launch = Script(script, bounds);
        var handle = await StartAsync(launch);
        await LiveProcesses.UntilAsync(() => File.Exists(Path.Combine(Root, "ready")) || Output(handle).Length > 0, TimeSpan.FromSeconds(10), "it is at work");
        return launch;
    }

    private async Task<ExecutionEnd> ObserveLateAsync(CommandLaunch launch) => await (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(new LineCollector(), Cancellation);

    /// <summary>As if it had been launched earlier by so much, as the wall clock tells it, and as the clock since boot does.</summary>
    private static async Task MakeOlderAsync(CommandLaunch launch, TimeSpan wall, TimeSpan boot)
    {
        string path = Path.Combine(launch.RunDirectory, "launch.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(path, Cancellation))!;
        json["started_at"] = (DateTimeOffset.Parse(json["started_at"]!.GetValue<string>(), CultureInfo.InvariantCulture) - wall).ToString("O", CultureInfo.InvariantCulture);
        json["started_ticks_ms"] = json["started_ticks_ms"]!.GetValue<long>() - (long)boot.TotalMilliseconds;
        await File.WriteAllTextAsync(path, json.ToJsonString(), Cancellation);
    }
}
