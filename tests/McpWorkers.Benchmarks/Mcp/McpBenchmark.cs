using System.Diagnostics;
using System.Globalization;

namespace McpWorkers.Benchmarks.Mcp;

/// <summary>Round trips of tool calls over stdio: one after the other, and sixteen at once; against an SDK server that only echoes.</summary>
internal static class McpBenchmark
{
    private const int RoundCount = 5;
    private const int Calls = 2000;
    private const string Tool = "worker_health";

    public static async Task RunAsync()
    {
        string data = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using var ours = await McpPeer.StartAsync(Tools.Product, "mcp", "--in-process", "--data-dir", data);
            if (Tools.Node is not { } node)
            {
                Rounds.Skip("node and the SDK for TypeScript", Tools.NoNode);
                await MeasureAsync([("McpWorkers, worker_health", ours)]);
            }
            else if (Tools.McpSdk is not { } sdk)
            {
                Rounds.Skip("node and the SDK for TypeScript", Tools.NoSdk);
                await MeasureAsync([("McpWorkers, worker_health", ours)]);
            }
            else
            {
                await using var theirs = await McpPeer.StartAsync(node, Tools.Script("echo-server.mjs"), sdk);
                await MeasureAsync([("McpWorkers, worker_health", ours), ("node and the SDK for TypeScript, echo", theirs)]);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task MeasureAsync((string Name, McpPeer Peer)[] servers)
    {
        foreach (int atOnce in (int[])[1, 16])
        {
            var times = servers.ToDictionary(static server => server.Name, static _ => new List<double>());
            await Rounds.RunAsync(
                $"MCP tool calls over stdio, {atOnce} at once",
                "calls/s",
                RoundCount,
                [.. servers.Select(server => new Candidate(server.Name, () => CallsPerSecondAsync(server.Peer, atOnce, times[server.Name])))]);
            foreach (var (name, each) in times)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{name,-44}p50 {Figures.Quantile(each, 0.5):0.000} ms, p99 {Figures.Quantile(each, 0.99):0.000} ms"));
            }
        }
    }

    private static async Task<double> CallsPerSecondAsync(McpPeer peer, int atOnce, List<double> times)
    {
        long begun = Stopwatch.GetTimestamp();
        double[][] all = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            double[] own = new double[Calls / atOnce];
            for (int i = 0; i < own.Length; i++)
            {
                long from = Stopwatch.GetTimestamp();
                await peer.CallAsync(Tool);
                own[i] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            }

            return own;
        }));
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        times.AddRange(all.SelectMany(static own => own));
        return all.Sum(static own => own.Length) / seconds;
    }
}
