using System.Globalization;

namespace McpWorkers.Mcp.History;

/// <summary>Times as people write them: a moment, or how far away it is.</summary>
internal static class MomentText
{
    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(36_500);

    /// <summary>Such as 90s, 15m, 1h, 7d; null where it is none.</summary>
    public static TimeSpan? Span(string text)
    {
        double? unit = text.Length == 0 ? null : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => null };
        return unit is { } seconds && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
            && count * seconds <= SpanMax.TotalSeconds
            ? TimeSpan.FromSeconds(count * seconds)
            : null;
    }

    /// <summary>Such as 2026-03-01 or 2026-03-01T12:00:00Z; null where it is none. What has no zone is UTC, as everything that is printed here.</summary>
    public static DateTimeOffset? Moment(string text)
    {
        // A plus that was not escaped in a query arrives as a space.
        string moment = text.Contains('T', StringComparison.Ordinal) ? text.Replace(' ', '+') : text;
        return moment.Length > 0 && char.IsAsciiDigit(moment[0]) && moment.Contains('-', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
    }
}
