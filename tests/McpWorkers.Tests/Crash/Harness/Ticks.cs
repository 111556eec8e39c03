using System.Globalization;
using System.Text.RegularExpressions;

namespace McpWorkers.Tests.Crash;

/// <summary>Reads when a tick was written, out of what is told about it, and keeps how long it took to get here.</summary>
internal sealed partial class Ticks
{
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _milliseconds.Count;
            }
        }
    }

    /// <summary>The last tick of the text. Null where there is none.</summary>
    public static (int Number, double Written)? Find(string text) =>
        Pattern().Matches(text) is { Count: > 0 } found && found[^1] is var last
            ? (int.Parse(last.Groups[1].ValueSpan, CultureInfo.InvariantCulture), double.Parse(last.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : null;

    public static double Now => TimeProvider.System.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).TotalSeconds;

    public void Add(double milliseconds)
    {
        lock (_lock)
        {
            _milliseconds.Add(milliseconds);
        }
    }

    /// <param name="quantile">0–1.</param>
    /// <returns>Milliseconds; not a number where there are none.</returns>
    public double Quantile(double quantile)
    {
        double[] sorted;
        lock (_lock)
        {
            sorted = [.. _milliseconds.Order()];
        }

        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Round(quantile * (sorted.Length - 1))];
    }

    public string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"n {Count}, p50 {Quantile(0.5):0.0} ms, p99 {Quantile(0.99):0.0} ms, p99.9 {Quantile(0.999):0.0} ms, max {Quantile(1):0.0} ms");

    [GeneratedRegex(@"tick (\d+) at (\d+\.\d+)")]
    private static partial Regex Pattern();
}
