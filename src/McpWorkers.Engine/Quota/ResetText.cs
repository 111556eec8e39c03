using System.Globalization;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>Reads when a limit ends. Pure.</summary>
internal static partial class ResetText
{
    /// <summary>Quotas are counted by the month at most: what is said to end later than that is no time that anybody meant.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromDays(32);

    private static readonly string[] TimesOfDay = ["h:mm tt", "H:mm", "h tt"];

    private static readonly string[] Dates = ["MMM d, yyyy h:mm tt", "MMM d h:mm tt", "MMM d, h:mm tt", "MMM d, yyyy H:mm"];

    /// <param name="zone">The host's.</param>
    /// <returns>Null for what is no time, or one that is past or too far away.</returns>
    public static DateTimeOffset? Read(string text, ResetForm form, DateTimeOffset now, TimeZoneInfo zone) => form switch
    {
        ResetForm.Epoch => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long epoch) && epoch < 253_402_300_800
            ? Sensible(DateTimeOffset.FromUnixTimeSeconds(epoch), now)
            : null,
        ResetForm.Time => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? Sensible(at, now) : null,
        ResetForm.Seconds => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) ? After(seconds, now) : null,
        ResetForm.Duration => After(SecondsOf(text), now),
        ResetForm.Clock => Clock(Ordinal().Replace(text.Trim(' ', '.', ','), "$1"), now, zone),
        _ => null,
    };

    /// <summary>The same, where it could be the end of a limit.</summary>
    public static DateTimeOffset? Sensible(DateTimeOffset? at, DateTimeOffset now) => at > now && at <= now + Latest ? at : null;

    private static DateTimeOffset? After(double seconds, DateTimeOffset now) =>
        seconds > 0 && seconds <= Latest.TotalSeconds ? now + TimeSpan.FromSeconds(seconds) : null;

    /// <summary>What is said to the minute was cut off: it may be up to a minute later.</summary>
    private static DateTimeOffset? Clock(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        if (TimeOnly.TryParseExact(text, TimesOfDay, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            var today = At(local.Date + time.ToTimeSpan());
            return Sensible(today > now ? today : At(local.Date.AddDays(1) + time.ToTimeSpan()), now);
        }

        return DateTime.TryParseExact(text, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var date) ? Sensible(At(date), now) : null;

        DateTimeOffset At(DateTime said)
        {
            var end = said.AddMinutes(1);
            return new(end, zone.GetUtcOffset(end));
        }
    }

    private static double SecondsOf(string text)
    {
        double sum = 0;
        foreach (var part in Part().EnumerateMatches(text))
        {
            var piece = text.AsSpan(part.Index, part.Length);
            int end = piece.LastIndexOfAnyInRange('0', '9') + 1;
            sum += double.Parse(piece[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * UnitOf(piece[end..].TrimStart());
        }

        return sum;
    }

    private static double UnitOf(ReadOnlySpan<char> unit) =>
        unit.StartsWith("ms", StringComparison.OrdinalIgnoreCase) ? 0.001
        : char.ToLowerInvariant(unit[0]) switch
        {
            'd' => 86_400,
            'h' => 3600,
            'm' => 60,
            _ => 1,
        };

    /// <summary>As in <c>28th</c>.</summary>
    [GeneratedRegex(@"\b([0-9]{1,2})(?:st|nd|rd|th)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Ordinal();

    [GeneratedRegex(@"[0-9]{1,9}(\.[0-9]{1,9})? ?(ms|d|h|m|s)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Part();
}
