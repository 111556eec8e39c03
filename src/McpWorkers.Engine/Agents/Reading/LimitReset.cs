using System.Globalization;
using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>
/// When a limit ends, where a message about it says so: as a time (seconds since 1970, ISO 8601) or as a span from now. Times of day without
/// a date or a zone are left to the table of signals in the settings: here is no clock.
/// </summary>
internal static partial class LimitReset
{
    private const int SearchedMax = 4000;
    private const int ShownMax = 500;
    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(31);

    public static AgentEvent.RateLimited Of(string message)
    {
        string searched = message.Length > SearchedMax ? message[..SearchedMax] : message;
        var at = FindTime(searched);
        return new(message.Length > ShownMax ? message[..ShownMax] : message, at) { ResetsIn = at is null ? FindSpan(searched) : null };
    }

    /// <summary>A time in seconds since 1970; null for what can be none.</summary>
    public static DateTimeOffset? FromEpoch(long? seconds) =>
        seconds is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value) : null;

    private static DateTimeOffset? FindTime(string text)
    {
        var epoch = Epoch().Match(text);
        if (epoch.Success)
        {
            return FromEpoch(long.Parse(epoch.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
        }

        var stamp = Stamp().Match(text);
        return stamp.Success && DateTimeOffset.TryParse(
            stamp.Groups[1].ValueSpan, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    private static TimeSpan? FindSpan(string text)
    {
        var header = Header().Match(text);
        if (header.Success)
        {
            return Bounded(Number(header.Groups[1]));
        }

        var span = Span().Match(text);
        if (!span.Success)
        {
            return null;
        }

        double seconds = 0;
        foreach (Match part in Part().Matches(span.Groups[1].Value))
        {
            string unit = part.Groups[2].Value;
            seconds += Number(part.Groups[1]) * (unit.StartsWith("ms", StringComparison.OrdinalIgnoreCase) ? 0.001 : unit[0] switch
            {
                'd' or 'D' => 86_400,
                'h' or 'H' => 3_600,
                'm' or 'M' => 60,
                _ => 1,
            });
        }

        return Bounded(seconds);
    }

    private static double Number(Group group) =>
        double.TryParse(group.ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : 0;

    private static TimeSpan? Bounded(double seconds) =>
        seconds > 0 && seconds <= SpanMax.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>As in <c>limit reached|1795250000</c> and <c>"resets_at":1795250000</c>; milliseconds are cut off.</summary>
    [GeneratedRegex("""(?:\||resets?[a-z_ ]{0,12}["']?\s{0,3}[:=]?\s{0,3})([12][0-9]{9})(?:[0-9]{3})?(?![0-9])""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Epoch();

    [GeneratedRegex(
        """(?:reset|again|retry)[^0-9]{0,24}([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Stamp();

    /// <summary>Seconds, as in the header of that name.</summary>
    [GeneratedRegex("""retry-after["']?\s{0,3}[:=]\s{0,3}["']?([0-9]{1,8})(?![0-9.]*[a-z])""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    /// <summary>As in <c>try again in 3 days 4 hours</c>, <c>retry in 20.5s</c>, <c>will reset after 3h20m12s</c>, <c>"retryDelay": "20s"</c>.</summary>
    [GeneratedRegex(
        """(?:(?:again|retry|resets?|wait)\s{1,3}(?:(?:in|after|for)\s{1,3})?(?:about\s)?|retryDelay["']{0,2}:\s{0,3}["']?)((?:[0-9]{1,6}(?:\.[0-9]{1,9})?\s{0,2}(?:ms|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?:\b|(?=[0-9]))[\s,]{0,3}(?:and\s)?){1,5})""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Span();

    [GeneratedRegex("""([0-9]{1,6}(?:\.[0-9]{1,9})?)\s{0,2}(ms|[dhms])""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Part();
}
