using System.Diagnostics;
using System.Globalization;

namespace McpWorkers.Benchmarks.Http;

/// <summary>Tool calls over Streamable HTTP, with the processor time that they cost the server, against an SDK server that only echoes.</summary>
internal static class HttpBenchmark
{
    private const int RoundCount = 5;
    private const int CallCount = 8000;

    // No run is started: what is measured is the way of a call and its answer, and that would be lost beside a process.
    private static readonly (string Name, PeerCall Call)[] Calls =
    [
        ("worker_list, 2025-11-25", new("worker_list", IsModern: false)),
        ("worker_list, 2026-07-28", new("worker_list", IsModern: true)),
        ("worker_execute refused, 2025-11-25", new("worker_execute", IsModern: false)),
        ("worker_execute refused, 2026-07-28", new("worker_execute", IsModern: true)),
        // Its progress makes a stream of the answer.
        ("batch refused, progress, 2026-07-28", new("worker_execute_batch", IsModern: true, """{"worker_ids":["term_nobody"],"prompts":["hi"]}""", "7")),
    ];

    public static async Task RunAsync()
    {
        string self = Environment.ProcessPath!;
        var peers = new List<(string Name, HttpPeer Peer)>();
        try
        {
            foreach (var (name, call) in Calls)
            {
                peers.Add(($"McpWorkers, {name}", await HttpPeer.StartAsync(call, self, HttpServerProcess.Command)));
            }

            if (Tools.Node is null || Tools.McpSdk is null)
            {
                Rounds.Skip("node and the SDK for TypeScript, echo", Tools.Node is null ? Tools.NoNode : Tools.NoSdk);
            }
            else
            {
                foreach (string form in (string[])["json", "sse"])
                {
                    peers.Add(($"node and the SDK for TypeScript, echo, {form}",
                        await HttpPeer.StartAsync(new("echo", IsModern: false), Tools.Node, Tools.Script("echo-http-server.mjs"), Tools.McpSdk, form)));
                }
            }

            foreach (int atOnce in (int[])[1, 16])
            {
                await MeasureAsync(peers, atOnce);
            }
        }
        finally
        {
            foreach (var (_, peer) in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private static async Task MeasureAsync(IReadOnlyList<(string Name, HttpPeer Peer)> peers, int atOnce)
    {
        var spent = peers.ToDictionary(static peer => peer.Name, static _ => new List<double>());
        await Rounds.RunAsync(
            $"MCP tool calls over HTTP, {atOnce} at once", "calls/s", RoundCount,
            [.. peers.Select(peer => new Candidate(peer.Name, () => CallsPerSecondAsync(peer.Peer, atOnce, spent[peer.Name])))]);
        Console.WriteLine("processor time of the server for each call, microseconds");
        foreach (var (name, each) in spent)
        {
            // The first turn does not count here either.
            var counted = each.Skip(1).ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-48}{Figures.Median(counted),10:0.0}{counted.Min(),10:0.0}{counted.Max(),10:0.0}"));
        }
    }

    private static async Task<double> CallsPerSecondAsync(HttpPeer peer, int atOnce, List<double> spent)
    {
        var before = peer.Spent;
        long begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            for (int i = 0; i < CallCount / atOnce; i++)
            {
                await peer.CallAsync();
            }
        }));
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        spent.Add((peer.Spent - before).TotalMicroseconds / CallCount);
        return CallCount / seconds;
    }
}
