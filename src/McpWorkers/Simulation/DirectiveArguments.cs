using System.Globalization;

namespace McpWorkers.Simulation;

/// <summary>Reads a directive's numbers. Every one has an upper limit, so that no simulated run goes on for ever.</summary>
internal static class DirectiveArguments
{
    public const int SecondsMax = 3600;

    public const int WeekSeconds = 7 * 24 * 3600;

    public static TimeSpan Seconds(this Directive directive, TimeSpan? absent = null, double secondsMax = SecondsMax) =>
        SecondsOf(directive, directive.Argument, absent, secondsMax);

    public static int Count(this Directive directive, string unit, int min, int max, int? absent = null) =>
        CountOf(directive, directive.Argument, unit, min, max, absent);

    /// <summary>Reads <c>COUNT:SECONDS</c>.</summary>
    public static (int Count, TimeSpan Time) CountAndSeconds(this Directive directive, string unit, int max, TimeSpan absent)
    {
        string[] parts = directive.Argument.Split(':', 2);
        return (
            CountOf(directive, parts[0], unit, 1, max, null),
            SecondsOf(directive, parts.Length > 1 ? parts[1] : "", absent, SecondsMax));
    }

    private static TimeSpan SecondsOf(Directive directive, string text, TimeSpan? absent, double secondsMax) =>
        text.Length == 0 && absent is { } given ? given
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= secondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw new DirectiveException(
                string.Create(CultureInfo.InvariantCulture, $"[[{directive.Name}]]: '{text}' is not a number of seconds from 0 to {secondsMax}."));

    private static int CountOf(Directive directive, string text, string unit, int min, int max, int? absent) =>
        text.Length == 0 && absent is { } given ? given
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= min && count <= max
            ? count
            : throw new DirectiveException(
                string.Create(CultureInfo.InvariantCulture, $"[[{directive.Name}]]: '{text}' is not a number of {unit} from {min} to {max}."));
}
