using System.Diagnostics;
using System.Globalization;

namespace McpWorkers.Benchmarks.Mcp;

/// <summary>Round trips of tool calls over stdio: one after the other, and sixteen at once; against an SDK server that only echoes.
/// Health looks at the machine; the list of no workers is the protocol's share.</summary>
internal static class McpBenchmark
{
    private const int RoundCount = 5;
    private const int Calls = 2000;
    private const string Peer = "node and the SDK for TypeScript, echo";

    public static async Task RunAsync()
    {
        string data = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using var ours = await McpPeer.StartAsync(Tools.Product, "mcp", "--in-process", "--data-dir", data);
            List<Server> servers = [new("McpWorkers, worker_health", ours, "worker_health"), new("McpWorkers, worker_list", ours, "worker_list")];
            if (Tools.Node is null || Tools.McpSdk is null)
            {
                Rounds.Skip(Peer, Tools.Node is null ? Tools.NoNode : Tools.NoSdk);
                await MeasureAsync(servers);
                return;
            }

            await using var theirs = await McpPeer.StartAsync(Tools.Node, Tools.Script("echo-server.mjs"), Tools.McpSdk);
            await MeasureAsync([.. servers, new(Peer, theirs, "echo")]);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task MeasureAsync(IReadOnlyList<Server> servers)
    {
        foreach (int atOnce in (int[])[1, 16])
        {
            var times = servers.ToDictionary(static server => server.Name, static _ => new List<double>());
            await Rounds.RunAsync(
                $"MCP tool calls over stdio, {atOnce} at once",
                "calls/s",
                RoundCount,
                [.. servers.Select(server => new Candidate(server.Name, () => CallsPerSecondAsync(server, atOnce, times[server.Name])))]);
            foreach (var (name, each) in times)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{name,-44}p50 {Figures.Quantile(each, 0.5):0.000} ms, p99 {Figures.Quantile(each, 0.99):0.000} ms"));
            }
        }
    }

    private static async Task<double> CallsPerSecondAsync(Server server, int atOnce, List<double> times)
    {
        long begun = Stopwatch.GetTimestamp();
        double[][] all = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            double[] own = new double[Calls / atOnce];
            for (int i = 0; i < own.Length; i++)
            {
                long from = Stopwatch.GetTimestamp();
                await server.Peer.CallAsync(server.Tool);
                own[i] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            }

            return own;
        }));
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        times.AddRange(all.SelectMany(static own => own));
        return all.Sum(static own => own.Length) / seconds;
    }

    private sealed record Server(string Name, McpPeer Peer, string Tool);
}
