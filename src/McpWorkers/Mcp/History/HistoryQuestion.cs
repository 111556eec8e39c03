using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Mcp.History;

/// <summary>Questions about what was, by named words: a query string, or the parameters of a method.</summary>
/// <param name="word">The word of that name; null where it is not given.</param>
internal sealed class HistoryQuestion(Func<string, string?> word, DateTimeOffset now)
{
    private const int LimitUsual = 100;

    /// <summary>Those of workers and of tasks.</summary>
    public static IReadOnlyList<string> FactStatuses { get; } = [.. RunStatuses.Union(TaskNames.States)];

    private static IEnumerable<string> RunStatuses => Enum.GetValues<WorkerStatus>().Select(status => status.ToWire());

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
        Status = Word("status") is not { } status || FactStatuses.Contains(status) ? Word("status") : throw BadStatus(status, FactStatuses),
        WorkerType = Word("type"),
        WorkerId = Word("worker_id"),
        TaskId = Word("task_id"),
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
        var name => throw BadStatus(name, RunStatuses),
    };

    private static RefusedException BadStatus(string name, IEnumerable<string> allowed) => Invalid($"status is '{name}'; allowed are {string.Join(", ", allowed)}.");

    /// <summary>A moment, or how long ago it was.</summary>
    private DateTimeOffset? Time(string name)
    {
        if (Word(name) is not { } text)
        {
            return null;
        }

        return MomentText.Span(text) is { } age ? now - age
            : MomentText.Moment(text) ?? throw Invalid($"{name} is '{text}'; it must be a moment such as 2026-03-01 or 2026-03-01T12:00:00Z, or an age such as 90s, 15m, 1h, 7d.");
    }
}
