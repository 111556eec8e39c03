using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Http.Delivery;

/// <summary>What one reader of a stream took down, and how it caught up. It holds the same whatever it reads, so that it does not hide what the stream holds.</summary>
/// <param name="runs">How many there are, by number.</param>
/// <param name="activitiesMax">Of one run.</param>
internal sealed class DeliveryReader(int runs, int activitiesMax)
{
    private const int LatencyMax = 60_000;

    private readonly BitArray[] _activities = [.. Enumerable.Range(0, runs).Select(_ => new BitArray(activitiesMax))];
    private readonly int[] _latencies = new int[LatencyMax + 1];
    private long _lastFact;

    public TaskCompletionSource IsOpen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task End { get; set; } = Task.CompletedTask;

    /// <summary>Each counted once, as its number was higher than any before.</summary>
    public long Facts { get; private set; }

    /// <summary>Facts that came again, or after a later one.</summary>
    public long Doubled { get; private set; }

    public int Gaps { get; private set; }

    /// <summary>How many of so many milliseconds.</summary>
    public IReadOnlyList<int> Latencies => _latencies;

    /// <param name="length">Of the log of that run, now.</param>
    public long MissingOf(int run, int length) => Enumerable.Range(0, length).LongCount(index => !_activities[run][index]);

    /// <param name="logLength">Of a run's log, now.</param>
    /// <returns>The worker of a fact; null for anything else.</returns>
    public string? Take(SseItem<string> item, Func<int, int> logLength)
    {
        var data = JsonNode.Parse(item.Data)!;
        switch (item.EventType)
        {
            case "gap":
                Gaps++;
                foreach (var (run, cursor) in data["logs"]!.AsObject())
                {
                    CatchUp(NumberOf(run), (int)cursor!, logLength);
                }

                return null;
            case "activity":
                _activities[NumberOf((string)data["run_id"]!)][(int)data["log_cursor"]!] = true;
                long stamp = long.Parse(((string)data["text"]!).Split(' ')[0], CultureInfo.InvariantCulture);
                _latencies[(int)Math.Min(LatencyMax, Stopwatch.GetElapsedTime(stamp).TotalMilliseconds)]++;
                return null;
            default:
                Count((long)data["number"]!);
                return (string?)data["worker_id"];
        }
    }

    private static int NumberOf(string run) => int.Parse(run.AsSpan("run_".Length), CultureInfo.InvariantCulture);

    /// <summary>Reads the log from the cursor to where it ends now.</summary>
    private void CatchUp(int run, int cursor, Func<int, int> logLength)
    {
        for (int end = logLength(run); cursor < end; cursor++)
        {
            _activities[run][cursor] = true;
        }
    }

    private void Count(long number)
    {
        if (number > _lastFact)
        {
            _lastFact = number;
            Facts++;
        }
        else
        {
            Doubled++;
        }
    }
}
