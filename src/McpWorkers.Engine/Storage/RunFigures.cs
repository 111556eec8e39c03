using System.Globalization;
using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Storage;

/// <summary>What a settled run's result says in figures, so that thousands of runs are counted without reading their results.</summary>
public sealed record RunFigures
{
    private const int ErrorMax = 500;
    private const decimal NanosPerDollar = 1_000_000_000m;

    public static RunFigures None { get; } = new();

    public string? WorkerType { get; init; }

    public string? Agent { get; init; }

    public string? Outcome { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public TimeSpan? Duration { get; init; }

    /// <summary>Null where the agent did not tell.</summary>
    public RunTokens? Tokens { get; init; }

    /// <summary>To a billionth of a dollar; null where the agent did not tell.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Its first 500 characters.</summary>
    public string? Error { get; init; }

    /// <summary>Money is summed as whole numbers: SQLite would sum text as floating point.</summary>
    internal long? CostNanos => CostUsd is { } cost ? (long)Math.Clamp(cost * NanosPerDollar, 0m, long.MaxValue / 2) : null;

    internal static decimal Dollars(long nanos) => nanos / NanosPerDollar;

    /// <summary>Reads a result as the store keeps it. What is missing or of another type is unknown: older versions wrote other fields.</summary>
    public static RunFigures Of(JsonObject result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var metadata = result["metadata"] as JsonObject ?? [];
        return new()
        {
            WorkerType = Text(metadata["worker_type"]),
            Agent = Text(metadata["agent"]),
            Outcome = Text(metadata["outcome"]),
            Reason = Text(metadata["reason"]),
            Started = Time(metadata["started_at"]),
            Finished = Time(metadata["finished_at"]),
            Duration = Number(result["duration_seconds"]) is { } seconds and >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null,
            Tokens = metadata["usage"] is JsonObject usage
                ? new(Count(usage["input_tokens"]), Count(usage["output_tokens"]), Count(usage["cached_input_tokens"]), Count(usage["cache_write_tokens"]), Count(usage["total_tokens"]))
                : null,
            CostUsd = Money(metadata["cost_usd"]),
            Error = Text(result["error"]) is { } error ? error.Length > ErrorMax ? error[..ErrorMax] : error : null,
        };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static double? Number(JsonNode? node) => node is JsonValue value && Parse(value) is { } number ? (double)number : null;

    private static long Count(JsonNode? node) => node is JsonValue value && Parse(value) is { } number ? (long)Math.Clamp(number, 0m, long.MaxValue / 1024) : 0;

    /// <summary>A cost is never negative; a counter that was reset may make it look so.</summary>
    private static decimal? Money(JsonNode? node) =>
        node is JsonValue value && Parse(value) is { } money and >= 0 ? Math.Round(money, 9) : null;

    // By its text: a value that was made in this process and one that was parsed hold their number differently.
    private static decimal? Parse(JsonValue value) =>
        decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number : null;

    private static DateTimeOffset? Time(JsonNode? node) =>
        Text(node) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;
}

/// <param name="Input">As the agent counts: those read from a cache may be among them.</param>
/// <param name="Total">Each token counted once, whatever the agent counts where.</param>
public sealed record RunTokens(long Input, long Output, long CacheRead, long CacheWrite, long Total);
