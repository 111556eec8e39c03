using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Mcp.History;

/// <summary>Questions about what was, by named words: a query string, or the parameters of a method.</summary>
/// <param name="word">The word of that name; null where it is not given.</param>
internal sealed class HistoryQuestion(Func<string, string?> word, DateTimeOffset now)
{
    private const int LimitUsual = 100;
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(36_500);

    /// <exception cref="RefusedException">A word is not what it must be.</exception>
    public RunQuery Runs() => new()
    {
        Status = Status(),
        WorkerType = Word("type"),
        WorkerId = Word("worker_id"),
        Since = Time("since"),
        Until = Time("until"),
        Before = Word("before") is { } before ? Whole("before", before, 0, long.MaxValue) : null,
        Limit = Limit(RunQuery.LimitMax),
    };

    /// <exception cref="RefusedException">A word is not what it must be.</exception>
    public FactQuery Facts() => new()
    {
        Status = Status(),
        WorkerType = Word("type"),
        WorkerId = Word("worker_id"),
        Since = Time("since"),
        Until = Time("until"),
        After = Word("after") is { } after ? Whole("after", after, 0, long.MaxValue) : null,
        Limit = Limit(FactQuery.LimitMax),
    };

    /// <exception cref="RefusedException">A word is not what it must be.</exception>
    public (TotalsBy By, DateTimeOffset? Since, DateTimeOffset? Until) Totals() => (
        Word("by") switch
        {
            null or "status" => TotalsBy.Status,
            "type" => TotalsBy.Type,
            "day" => TotalsBy.Day,
            var other => throw Invalid($"by is '{other}'; allowed are status, type, day."),
        },
        Time("since"),
        Time("until"));

    /// <summary>How long to wait for a fact; zero for not at all.</summary>
    public TimeSpan Wait() => TimeSpan.FromSeconds(Word("wait_seconds") is { } wait ? Whole("wait_seconds", wait, 0, 60) : 0);

    private static long Whole(string name, string text, long min, long max) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? number
            : throw Invalid($"{name} is '{text}'; it must be a whole number from {min}{(max == long.MaxValue ? "" : $" to {max}")}.");

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);

    /// <summary>Null also where it is empty: a form sends its empty fields too.</summary>
    private string? Word(string name) => word(name) is { Length: > 0 } given ? given : null;

    private int Limit(int max) => Word("limit") is { } limit ? (int)Whole("limit", limit, 1, max) : LimitUsual;

    private WorkerStatus? Status() => Word("status") switch
    {
        null => null,
        var name when WorkerStatusNames.TryParse(name, out var status) => status,
        var name => throw Invalid($"status is '{name}'; allowed are {string.Join(", ", Enum.GetValues<WorkerStatus>().Select(status => status.ToWire()))}."),
    };

    /// <summary>A moment, or how long ago it was.</summary>
    private DateTimeOffset? Time(string name)
    {
        if (Word(name) is not { } text)
        {
            return null;
        }

        if (Age(text) is { } age && age <= AgeMax)
        {
            return now - age;
        }

        // What has no zone is UTC, as everything that is printed here. A plus that was not escaped in a query arrives as a space.
        string moment = text.Contains('T', StringComparison.Ordinal) ? text.Replace(' ', '+') : text;
        return char.IsAsciiDigit(moment[0]) && moment.Contains('-', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Invalid($"{name} is '{text}'; it must be a moment such as 2026-03-01 or 2026-03-01T12:00:00Z, or an age such as 90s, 15m, 1h, 7d.");
    }

    private static TimeSpan? Age(string text)
    {
        double? unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => null };
        return unit is { } seconds && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count * seconds < 1e10
            ? TimeSpan.FromSeconds(count * seconds)
            : null;
    }
}
