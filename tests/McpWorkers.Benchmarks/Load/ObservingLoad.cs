using System.Diagnostics;
using System.Globalization;
using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Load;

/// <summary>What it costs to observe many runs at once that all have something to say, and how late a line is seen.</summary>
internal static class ObservingLoad
{
    private const int Runs = 100;
    private const double PauseSeconds = 0.05;
    private const int SettlingTicks = 100;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var launcher = new ProcessLauncher(TimeProvider.System);
            var handles = await Task.WhenAll(Enumerable.Range(0, Runs).Select(number => launcher.LaunchAsync(Launch(folder, number), limit.Token)));
            var self = Process.GetCurrentProcess();
            var seen = new Ticks();
            var before = self.TotalProcessorTime;
            long begun = Stopwatch.GetTimestamp();
            await Task.WhenAll(handles.Select(handle => handle.ObserveAsync(new Reader(seen), limit.Token)));
            self.Refresh();
            double cores = (self.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(begun);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"\nObserving {Runs} runs with {1 / PauseSeconds:0} lines a second each: write to reader {seen.Describe()}; {cores:0.000} of a core, {self.WorkingSet64 / 1e6:0} MB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static CommandLaunch Launch(string folder, int number) => new()
    {
        RunId = $"run_{number}",
        RunDirectory = Path.Combine(folder, $"run_{number}"),
        Executable = "/usr/bin/perl",
        Arguments = [Tools.Script("ticker.pl"), ((int)(Length.TotalSeconds / PauseSeconds)).ToString(CultureInfo.InvariantCulture), PauseSeconds.ToString(CultureInfo.InvariantCulture)],
        WorkingDirectory = folder,
        Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        Input = new LaunchInput.Whole(ReadOnlyMemory<byte>.Empty),
        Bounds = RunBounds.Default,
        Stop = StopPlan.InterruptThenTerminate,
        OwnerMark = "benchmark",
    };

    private sealed class Reader(Ticks seen) : IRunReader
    {
        public RunActivity Take(in OutputLine line)
        {
            // The first seconds are those of a hundred programs starting.
            if (Ticks.Find(Encoding.UTF8.GetString(line.Bytes)) is { Number: > SettlingTicks } tick)
            {
                seen.Add((Ticks.Now - tick.Written) * 1000);
            }

            return default;
        }
    }
}
