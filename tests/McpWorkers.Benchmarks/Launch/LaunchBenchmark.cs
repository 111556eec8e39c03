using System.Collections;
using System.Diagnostics;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Benchmarks.Launch;

/// <summary>
/// From the launch to the first event of the simulated agent: through a run directory as the product does it, and by a pipe with nothing
/// around it, which is the floor.
/// </summary>
internal static class LaunchBenchmark
{
    private const int RoundCount = 15;
    private const int ShortRoundCount = 200;

    private static readonly ResourceLimits s_limits = new() { MemoryBytes = 256 << 20, Cpus = 1, Processes = 100 };
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly byte[] Prompt = "[[pace:fast]] [[text:done]]"u8.ToArray();

    public static async Task RunAsync()
    {
        var launcher = new ProcessLauncher(TimeProvider.System);
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await Rounds.RunAsync("Launch to first event", "ms", RoundCount,
            [
                new("Process with a pipe", PipeAsync),
                new("McpWorkers (run directory)", () => LaunchAsync(launcher, folder)),
            ]);
            var bare = new ProcessLauncher(TimeProvider.System) { UsesCgroups = false };
            await Rounds.RunAsync("Launch of /bin/true to its end, all of it read", "ms", ShortRoundCount,
            [
                new("Without a cgroup", () => RunTrueAsync(bare, folder)),
                new("With a cgroup of its own", () => RunTrueAsync(launcher, folder)),
                new("With limits on memory, processors and processes", () => RunTrueAsync(launcher, folder, s_limits)),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> PipeAsync()
    {
        long begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Tools.Product)
        {
            ArgumentList = { "simulated-agent" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.BaseStream.WriteAsync(Prompt);
        process.StandardInput.Close();
        await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        double milliseconds = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        await process.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        await process.WaitForExitAsync().WaitAsync(Limit);
        return milliseconds;
    }

    private static async Task<double> RunTrueAsync(ProcessLauncher launcher, string folder, ResourceLimits? limits = null)
    {
        using var limit = new CancellationTokenSource(Limit);
        var launch = Launch(folder) with { Executable = "/bin/true", Arguments = [], Limits = limits ?? ResourceLimits.None };
        long begun = Stopwatch.GetTimestamp();
        var handle = await launcher.LaunchAsync(launch, limit.Token);
        var end = await handle.ObserveAsync(new FirstLine(), limit.Token);
        return end.Exit is ExitStatus.Code(0)
            ? Stopwatch.GetElapsedTime(begun).TotalMilliseconds
            : throw new InvalidOperationException($"The run ended otherwise than well: {end.Exit}.");
    }

    private static async Task<double> LaunchAsync(ProcessLauncher launcher, string folder)
    {
        using var limit = new CancellationTokenSource(Limit);
        var first = new FirstLine();
        var handle = await launcher.LaunchAsync(Launch(folder), limit.Token);
        var end = await handle.ObserveAsync(first, limit.Token);
        return end.Exit is ExitStatus.Code(0) && first.Seen > 0
            ? Stopwatch.GetElapsedTime(first.Begun, first.Seen).TotalMilliseconds
            : throw new InvalidOperationException($"The run ended otherwise than well: {end.Exit}.");
    }

    private static CommandLaunch Launch(string folder)
    {
        string id = $"run_{Guid.NewGuid():N}"[..20];
        return new()
        {
            RunId = id,
            RunDirectory = Path.Combine(folder, id),
            Executable = Tools.Product,
            Arguments = ["simulated-agent"],
            WorkingDirectory = folder,
            Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""),
            Input = new LaunchInput.Whole(Prompt),
            Bounds = RunBounds.Default,
            Stop = StopPlan.InterruptThenTerminate,
            OwnerMark = "benchmark",
        };
    }

    private sealed class FirstLine : IRunReader
    {
        public long Begun { get; } = Stopwatch.GetTimestamp();

        public long Seen { get; private set; }

        public RunActivity Take(in OutputLine line)
        {
            Seen = Seen == 0 ? Stopwatch.GetTimestamp() : Seen;
            return default;
        }
    }
}
