using System.Diagnostics;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>Measured with other tests at work beside it, so the bounds are wide; the figures go to the test's output.</summary>
[Collection(Alone.Name)]
public sealed class IdleCostTests(ITestOutputHelper output) : RunScene
{
    private const int Runs = 100;
    private const int Limit = 45_000;

    [Fact(Timeout = Limit)]
    public async Task A_hundred_silent_runs_cost_a_small_part_of_a_core()
    {
        long begun = TimeProvider.System.GetTimestamp();
        var handles = await Task.WhenAll(Enumerable.Range(0, Runs).Select(_ => Task.Run(() => StartAsync($"echo ready; exec {LongSleep()}"), Cancellation)));
        output.WriteLine($"{Runs} launches: {TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds:0} ms");
        var observing = handles.Select(handle => handle.ObserveAsync(new LineCollector(), Cancellation)).ToList();

        // Until the polling has backed off.
        await Task.Delay(TimeSpan.FromSeconds(3), Cancellation);
        var before = Used();
        await Task.Delay(TimeSpan.FromSeconds(4), Cancellation);
        double part = (Used() - before).TotalSeconds / 4;
        output.WriteLine($"observing {Runs} silent runs: {part:P1} of a core");

        var asked = new StopReason(StopKind.Cancelled, "");
        begun = TimeProvider.System.GetTimestamp();
        before = Used();
        await Task.WhenAll(handles.Select(handle => handle.StopAsync(asked, null, Cancellation)));
        var ends = await Task.WhenAll(observing);
        output.WriteLine($"stopping them: {TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds:0} ms, {(Used() - before).TotalMilliseconds:0} ms of processor time");
        Assert.All(ends, end => ExitedWith(130, end));
        Assert.InRange(part, 0, 0.5);
    }

    [Fact(Timeout = Limit)]
    public async Task Short_run_is_over_soon()
    {
        await RunAsync("true");
        var times = new List<double>();
        for (int i = 0; i < 20; i++)
        {
            long begun = TimeProvider.System.GetTimestamp();
            ExitedWith(0, await RunAsync("echo a"));
            times.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"launch to settled end: median {times[10]:0} ms, longest {times[^1]:0} ms");
        Assert.InRange(times[10], 0, 1000);
    }

    private static TimeSpan Used()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }
}
