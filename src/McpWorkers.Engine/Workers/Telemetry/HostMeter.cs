using System.Diagnostics.Metrics;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>
/// The figures of one host, for whoever listens to its meter; while nobody does, each costs a look at a field. Labels are bounded: names of worker
/// types that are configured, and words of ours; never an id, a path or a text.
/// </summary>
internal sealed class HostMeter : IDisposable
{
    public const string Name = "McpWorkers";

    private const string Other = "other";

    private readonly Counter<long> _runs;
    private readonly Histogram<double> _durations;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _tokens;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _toolCalls;
    private readonly Counter<long> _hangs;
    private readonly HashSet<string> _types;
    private long _adopted;
    private long _orphans;

    public HostMeter(HostSettings settings)
    {
        _types = [.. settings.WorkerTypes.Select(type => type.Name)];
        Meter = new(Name);
        _runs = Meter.CreateCounter<long>("mcpworkers.runs", "{run}", "Runs that were settled, by worker type and status.");
        _durations = Meter.CreateHistogram("mcpworkers.run.duration", "s", "From launch to end.", null, Bounds(1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600));
        _waits = Meter.CreateHistogram("mcpworkers.run.wait", "s", "From acceptance to launch.", null, Bounds(0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600));
        _tokens = Meter.CreateCounter<long>("mcpworkers.tokens", "{token}", "Tokens of settled runs, as their agents count them.");
        _cost = Meter.CreateCounter<double>("mcpworkers.cost", "{usd}", "What settled runs cost, in US dollars, where their agents say so.");
        _toolCalls = Meter.CreateCounter<long>("mcpworkers.agent.tool_calls", "{call}", "Tool calls that agents made in settled runs.");
        _hangs = Meter.CreateCounter<long>("mcpworkers.hangs", "{run}", "Runs that were stopped because they did not come to their end by themselves, by kind.");
        Meter.CreateObservableCounter("mcpworkers.runs.adopted", () => Interlocked.Read(ref _adopted), "{run}", "Runs that an earlier host had launched and this one took up.");
        Meter.CreateObservableCounter("mcpworkers.orphans.killed", () => Interlocked.Read(ref _orphans), "{process}", "Processes that were left of a run that was over, and killed.");
    }

    /// <summary>Other doors enter their own instruments into it.</summary>
    public Meter Meter { get; }

    public void Adopted() => Interlocked.Increment(ref _adopted);

    public void Orphans(int count) => Interlocked.Add(ref _orphans, count);

    public string LabelOf(WorkerType type) => _types.Contains(type.Name) ? type.Name : Other;

    /// <summary>Once for each run that this host settles.</summary>
    public void Settled(WorkerType type, RunReport report, TimeSpan waited)
    {
        var result = report.Result;
        Orphans(result.Metadata["leftovers_killed"]?.GetValue<int>() ?? 0);
        if (!_runs.Enabled)
        {
            return;
        }

        var ofType = KeyValuePair.Create<string, object?>("worker_type", LabelOf(type));
        var status = KeyValuePair.Create<string, object?>("status", result.Status.ToWire());
        _runs.Add(1, ofType, status);
        if (result.Duration > TimeSpan.Zero)
        {
            _durations.Record(result.Duration.TotalSeconds, ofType, status);
            _waits.Record(waited.TotalSeconds, ofType);
        }

        if (HangOf(result) is { } hang)
        {
            _hangs.Add(1, ofType, KeyValuePair.Create<string, object?>("kind", hang));
        }

        if (report.Summary is { } summary)
        {
            Count(summary.Usage ?? Usage.None, ofType);
            _cost.Add((double)(summary.CostUsd ?? 0), ofType);
            _toolCalls.Add(summary.ToolCalls, ofType);
        }
    }

    public void Dispose() => Meter.Dispose();

    private static InstrumentAdvice<double> Bounds(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };

    /// <summary>Null for a run that came to its end by itself, or that somebody ended on purpose.</summary>
    private static string? HangOf(WorkerResult result) => result.Metadata["outcome"]?.GetValue<string>() switch
    {
        "wall_clock" or "silence" or "no_first_output" or "output_limit" => result.Metadata["outcome"]!.GetValue<string>(),
        _ when result.Metadata["forced_exit"]?.GetValue<bool>() == true => "after_result",
        _ => null,
    };

    private void Count(Usage usage, KeyValuePair<string, object?> ofType)
    {
        foreach (var (kind, count) in new[] { ("input", usage.Input), ("output", usage.Output), ("cache_read", usage.Cached), ("cache_write", usage.CacheWrite) })
        {
            _tokens.Add(count, ofType, KeyValuePair.Create<string, object?>("kind", kind));
        }
    }
}
