using System.Globalization;

namespace McpWorkers.Engine.Storage;

/// <summary>What both stores say alike about what was.</summary>
internal static class HistoryRules
{
    public static void Check(RunQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, RunQuery.LimitMax);
    }

    public static void Check(FactQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, FactQuery.LimitMax);
        if (query.WorkerId is not null && query.TaskId is not null)
        {
            throw new ArgumentException("No fact is about a worker and a task.", nameof(query));
        }
    }

    /// <param name="runs">One more than the limit where there are more.</param>
    public static PastRuns Page(List<PastRun> runs, int limit) =>
        runs.Count > limit ? new(runs[..limit], runs[limit - 1].Position) : new(runs, null);

    /// <param name="found">Oldest first where the query had a cursor, else newest first.</param>
    /// <param name="first">The oldest number that is kept; 0 where none is.</param>
    /// <param name="last">The highest number that was given.</param>
    public static PastFacts Facts(List<PastFact> found, FactQuery query, long first, long last)
    {
        if (query.After is not { } after)
        {
            found.Reverse();
            return new(found, last, Gap: false);
        }

        bool gap = first > 0 ? first > after + 1 : last != after;

        // A full page may have more after it; else everything was looked at.
        return new(found, found.Count == query.Limit ? found[^1].Fact.Number : Math.Max(last, found.Count == 0 ? 0 : found[^1].Fact.Number), gap || after > last);
    }

    /// <param name="number">Days since the first of January of year 1.</param>
    public static string Day(long number) => DateOnly.FromDayNumber((int)number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
