using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Model;

/// <summary>How one says by what an agent writes that its service gives no more for a while.</summary>
public sealed record SignalRule
{
    public required string Name { get; init; }

    /// <summary>An adapter, or <c>*</c> for all.</summary>
    public required string Agent { get; init; }

    public required SignalSource Source { get; init; }

    /// <summary>A regular expression, matched without backtracking; its group <c>reset</c> says when the limit ends.</summary>
    public required string Pattern { get; init; }

    public SignalMeaning Meaning { get; init; } = SignalMeaning.Quota;

    public ResetForm Reset { get; init; } = ResetForm.None;

    /// <summary>The time-out is a net below: without backtracking a match is linear in the text, and that is short.</summary>
    private static readonly TimeSpan MatchMax = TimeSpan.FromSeconds(5);

    /// <summary>As all patterns are understood: capitals count as small letters, no backtracking.</summary>
    /// <exception cref="ArgumentException">It is no pattern, or cannot be matched without backtracking.</exception>
    public Regex ToRegex()
    {
        try
        {
            return new Regex(Pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMax);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }
}

/// <summary>Where a signal is looked for.</summary>
public enum SignalSource
{
    /// <summary>
    /// What the adapter understood of a line of standard output: <c>rate_limited: …</c>, <c>retrying 429: …</c>, <c>error: …</c>, <c>result: …</c> (a result
    /// that is an error); and <c>line: …</c>, a line as it stands that the adapter does not know. Never the agent's own words, nor a tool's.
    /// </summary>
    Stream,

    /// <summary>A line of standard error.</summary>
    Stderr,

    /// <summary>How the run ended: <c>EXIT_CODE REASON: MESSAGE</c>.</summary>
    Exit,
}

public enum SignalMeaning
{
    /// <summary>The service gives no more: the pool is held at once.</summary>
    Quota,

    /// <summary>The agent met a limit and tries again by itself: the pool is held once that goes on for too long, or the run ends so.</summary>
    Retry,

    /// <summary>Nothing. Of several rules that match, one that says so counts before all others.</summary>
    Ignore,
}

/// <summary>How a pattern's group <c>reset</c> is read.</summary>
public enum ResetForm
{
    /// <summary>There is no such group.</summary>
    None,

    /// <summary>Seconds since 1970.</summary>
    Epoch,

    /// <summary>A date and time as ISO 8601 writes them.</summary>
    Time,

    /// <summary>Seconds from now.</summary>
    Seconds,

    /// <summary>From now, such as <c>3h22m10s</c> or <c>2 hours 5 minutes</c>.</summary>
    Duration,

    /// <summary>The host's local time to the minute, such as <c>2:38 PM</c> (the next one) or <c>Sep 28th, 2025 3:42 PM</c>; that minute's end counts.</summary>
    Clock,
}

/// <summary>The names of all that in the settings.</summary>
public static class SignalNames
{
    public static IReadOnlyList<string> Sources { get; } = [.. Enum.GetValues<SignalSource>().Select(ToWire)];

    public static IReadOnlyList<string> Meanings { get; } = [.. Enum.GetValues<SignalMeaning>().Select(ToWire)];

    public static IReadOnlyList<string> Resets { get; } = [.. Enum.GetValues<ResetForm>().Select(ToWire)];

    public static string ToWire(this SignalSource source) => source switch
    {
        SignalSource.Stream => "stream",
        SignalSource.Stderr => "stderr",
        SignalSource.Exit => "exit",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, null),
    };

    public static string ToWire(this SignalMeaning meaning) => meaning switch
    {
        SignalMeaning.Quota => "quota",
        SignalMeaning.Retry => "retry",
        SignalMeaning.Ignore => "ignore",
        _ => throw new ArgumentOutOfRangeException(nameof(meaning), meaning, null),
    };

    public static string ToWire(this ResetForm reset) => reset switch
    {
        ResetForm.None => "none",
        ResetForm.Epoch => "epoch",
        ResetForm.Time => "time",
        ResetForm.Seconds => "seconds",
        ResetForm.Duration => "duration",
        ResetForm.Clock => "clock",
        _ => throw new ArgumentOutOfRangeException(nameof(reset), reset, null),
    };

    public static bool TryParse(string? name, out SignalSource source) => WireName.TryFind(name, ToWire, out source);

    public static bool TryParse(string? name, out SignalMeaning meaning) => WireName.TryFind(name, ToWire, out meaning);

    public static bool TryParse(string? name, out ResetForm reset) => WireName.TryFind(name, ToWire, out reset);
}
