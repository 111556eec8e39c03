using System.Collections;
using System.Diagnostics;
using System.Globalization;
using McpWorkers.Benchmarks.Mcp;
using McpWorkers.Daemon.Client;

namespace McpWorkers.Benchmarks.Relay;

/// <summary>What the way through <c>mcpworkers mcp</c> costs against the daemon's socket itself, and how long a host waits for its first result.</summary>
internal static class RelayBenchmark
{
    private const int RoundCount = 5;
    private const int Calls = 2000;
    private const int Starts = 7;
    private const string Tool = "worker_list";

    public static async Task RunAsync()
    {
        string data = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await StartsAsync(data);
            await RoundTripsAsync(data);
        }
        finally
        {
            await RunAsync("daemon", "stop", "--force", "--data-dir", data);
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task RoundTripsAsync(string data)
    {
        await using var relay = await McpPeer.StartAsync(Tools.Product, "mcp", "--data-dir", data);
        await using var socket = await SocketPeer.StartAsync(RequestFor(data));
        foreach (int atOnce in (int[])[1, 16])
        {
            List<double> direct = [], relayed = [];
            await Rounds.RunAsync(
                $"MCP tool calls, {atOnce} at once",
                "calls/s",
                RoundCount,
                [new("the daemon's socket", () => MeasureAsync(socket.CallAsync, atOnce, direct)), new("through mcpworkers mcp", () => MeasureAsync(relay.CallAsync, atOnce, relayed))]);
            foreach (var (name, times) in new[] { ("the daemon's socket", direct), ("through mcpworkers mcp", relayed) })
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{name,-44}p50 {Figures.Quantile(times, 0.5):0.000} ms, p99 {Figures.Quantile(times, 0.99):0.000} ms"));
            }
        }
    }

    /// <summary>From the start of the process to the result of the first tool call.</summary>
    private static Task StartsAsync(string data) => Rounds.RunAsync(
        "Start of mcpworkers mcp to its first tool result",
        "ms",
        Starts,
        [
            new("a daemon runs", async () =>
            {
                await RunAsync("daemon", "start", "--data-dir", data);
                return await FirstResultAsync("mcp", "--data-dir", data);
            }),
            new("no daemon runs", async () =>
            {
                await RunAsync("daemon", "stop", "--data-dir", data);
                return await FirstResultAsync("mcp", "--data-dir", data);
            }),
            new("--in-process", () => FirstResultAsync("mcp", "--in-process", "--data-dir", data)),
        ]);

    private static async Task<double> FirstResultAsync(params string[] arguments)
    {
        long begun = Stopwatch.GetTimestamp();
        await using var peer = await McpPeer.StartAsync(Tools.Product, arguments);
        await peer.CallAsync(Tool);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<double> MeasureAsync(Func<string, Task> callAsync, int atOnce, List<double> times)
    {
        long begun = Stopwatch.GetTimestamp();
        double[][] all = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            double[] own = new double[Calls / atOnce];
            for (int i = 0; i < own.Length; i++)
            {
                long from = Stopwatch.GetTimestamp();
                await callAsync(Tool);
                own[i] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            }

            return own;
        }));
        times.AddRange(all.SelectMany(static own => own));
        return all.Sum(static own => own.Length) / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Tools.Product, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static DoorRequest RequestFor(string data) => new()
    {
        DataDirectory = data,
        Kind = "cli",
        Program = [Tools.Product],
        WorkingDirectory = data,
        Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!),
    };
}
