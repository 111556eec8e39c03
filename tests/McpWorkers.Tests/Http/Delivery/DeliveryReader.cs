using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Http.Delivery;

/// <summary>What one reader of a stream took down, and how it caught up.</summary>
internal sealed class DeliveryReader
{
    public TaskCompletionSource IsOpen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task End { get; set; } = Task.CompletedTask;

    public List<long> Facts { get; } = [];

    /// <summary>By run: those that came live, and those read from the log after a gap.</summary>
    public Dictionary<string, HashSet<string>> Activities { get; } = [];

    public List<double> Latencies { get; } = [];

    public int Gaps { get; private set; }

    /// <summary>Roughly.</summary>
    public long HeldBytes => (Facts.Count * 16L) + (Latencies.Count * 16L) + Activities.Values.Sum(run => run.Count * 110L);

    /// <returns>The worker of a fact; null for anything else.</returns>
    public string? Take(SseItem<string> item, ConcurrentDictionary<string, List<string>> logs)
    {
        var data = JsonNode.Parse(item.Data)!;
        switch (item.EventType)
        {
            case "gap":
                Gaps++;
                foreach (var (run, cursor) in data["logs"]!.AsObject())
                {
                    CatchUp(run, (int)cursor!, logs[run]);
                }

                return null;
            case "activity":
                string stamp = ((string)data["text"]!).Split(' ')[0];
                Of((string)data["run_id"]!).Add(stamp);
                Latencies.Add(Stopwatch.GetElapsedTime(long.Parse(stamp, CultureInfo.InvariantCulture)).TotalMilliseconds);
                return null;
            default:
                Facts.Add((long)data["number"]!);
                return (string?)data["worker_id"];
        }
    }

    private void CatchUp(string run, int cursor, List<string> log)
    {
        lock (log)
        {
            Of(run).UnionWith(log.Skip(cursor));
        }
    }

    private HashSet<string> Of(string run)
    {
        if (!Activities.TryGetValue(run, out var known))
        {
            Activities.Add(run, known = []);
        }

        return known;
    }
}
