using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class StopTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked for");

    private static readonly StopPlan Patient = new(
        [new(StopSignal.Interrupt, TimeSpan.FromSeconds(60)), new(StopSignal.Terminate, TimeSpan.FromSeconds(60))]);

    private static readonly StopPlan Quick = new(
        [new(StopSignal.Interrupt, TimeSpan.FromSeconds(0.4)), new(StopSignal.Terminate, TimeSpan.FromSeconds(0.4))]);

    [Fact(Timeout = Limit)]
    public async Task Interrupted_command_may_say_its_last_word()
    {
        var handle = await StartAsync($"trap 'echo last word; exit 42' INT; echo ready; {LongSleep()} & wait");
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, null, Cancellation);
        Assert.Empty(Left());
        var lines = new LineCollector();
        var end = await handle.ObserveAsync(lines, Cancellation);
        ExitedWith(42, end);
        Assert.Equal(Cancelled, end.Stop);
        Assert.Equal(["ready", "last word"], lines.Lines);
    }

    [Theory(Timeout = Limit)]
    [InlineData("trap '' INT", 143)]
    [InlineData("trap '' INT TERM", 137)]
    [InlineData("trap '' HUP INT QUIT TERM USR1; (trap '' TERM; while :; do sleep 0.05; done) & :", 137)]
    public async Task Command_that_ignores_signals_is_killed_and_its_status_kept(string trap, int code)
    {
        var handle = await StartAsync($"{trap}; echo ready; while :; do sleep 0.05; done");
        await UntilOutputAsync(handle, "ready");
        var observing = handle.ObserveAsync(new LineCollector(), Cancellation);
        await handle.StopAsync(Cancelled, Quick, Cancellation);
        Assert.Empty(Left());
        ExitedWith(code, await observing);
    }

    [Fact(Timeout = Limit)]
    public async Task Stop_takes_everything_of_the_run_with_it()
    {
        LiveProcesses.NeedsProc();
        var handle = await StartAsync(
            $"setsid -f {LongSleep()}; (setsid sh -c '{LongSleep()} & exit' &); env -i {LongSleep()} & env -i setsid {LongSleep()} & echo ready; wait");
        await UntilOutputAsync(handle, "ready");
        await LiveProcesses.UntilAsync(() => Left().Count >= 7, TimeSpan.FromSeconds(5), "all of them are there");
        await handle.StopAsync(Cancelled, Quick, Cancellation);
        Assert.Empty(Left());
    }

    [Fact(Timeout = Limit)]
    public async Task First_reason_counts()
    {
        var handle = await StartAsync($"trap '' INT TERM; echo ready; {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        var observing = handle.ObserveAsync(new LineCollector(), Cancellation);
        var first = handle.StopAsync(Cancelled, Quick, Cancellation);
        var other = new StopReason(StopKind.OwnerEnded, "second");
        await Task.WhenAll(first, handle.StopAsync(other, Quick, Cancellation), (await Launcher.AdoptAsync(handle.RunDirectory, Cancellation)).StopAsync(other, Quick, Cancellation));
        Assert.Equal(Cancelled, (await observing).Stop);
    }

    [Fact(Timeout = Limit)]
    public async Task One_of_many_stops_at_once_gives_the_reason()
    {
        var handle = await StartAsync($"echo ready; {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        var reasons = Enumerable.Range(0, 20).Select(i => new StopReason(StopKind.Cancelled, $"{i}")).ToList();
        await Task.WhenAll(reasons.Select(reason => Task.Run(() => handle.StopAsync(reason, null, Cancellation), Cancellation)));
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        Assert.Contains(end.Stop!, reasons);
        Assert.Equal(["stop.json"], Directory.GetFiles(handle.RunDirectory, "stop*").Select(Path.GetFileName));
    }

    [Fact(Timeout = Limit)]
    public async Task Harsher_second_stop_does_not_wait_for_the_first()
    {
        var handle = await StartAsync($"trap '' INT TERM; echo ready; {LongSleep()} & while :; do wait; done");
        await UntilOutputAsync(handle, "ready");
        var patient = handle.StopAsync(Cancelled, Patient, Cancellation);
        Assert.False(patient.IsCompleted);
        await handle.StopAsync(new(StopKind.OwnerEnded, "now"), StopPlan.KillNow, Cancellation);
        await patient;
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        ExitedWith(137, end);
        Assert.Equal(Cancelled, end.Stop);
    }

    [Fact(Timeout = Limit)]
    public async Task Stop_of_a_run_that_has_ended_changes_nothing()
    {
        var launch = Script("exit 3");
        var handle = await StartAsync(launch);
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        await handle.StopAsync(Cancelled, null, Cancellation);
        Assert.False(File.Exists(Path.Combine(launch.RunDirectory, "stop.json")));
        Assert.Equal(end, await handle.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task End_of_the_observing_is_no_end_of_the_run()
    {
        using var watching = new CancellationTokenSource();
        var handle = await StartAsync("echo ready; sleep 1; exit 6");
        var observing = handle.ObserveAsync(new LineCollector(), watching.Token);
        await UntilOutputAsync(handle, "ready");
        await watching.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing);
        ExitedWith(6, await handle.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Halted_wrapper_does_not_keep_a_run_from_being_stopped()
    {
        LiveProcesses.NeedsProc();
        var handle = await StartAsync($"kill -STOP $PPID; echo ready; {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        Assert.IsType<ExitStatus.Unknown>(end.Exit);
        Assert.Equal(Cancelled, end.Stop);
    }
}
