using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>What can still be read of a damaged store: that which no run directory tells.</summary>
/// <param name="Tokens">Null where they cannot be read.</param>
/// <param name="Calls">Null where they cannot be read.</param>
/// <param name="Schedules">Null where they cannot be read, or where the store knew none yet.</param>
/// <param name="Tasks">Null where they cannot be read, or where the store knew none yet.</param>
/// <param name="Paused">Whether, and since when, no task was to be begun.</param>
/// <param name="Collected">Runs whose result was handed out, and when.</param>
/// <param name="LastFact">Null where it cannot be read.</param>
internal sealed record Salvage(
    IReadOnlyList<StoredToken>? Tokens,
    IReadOnlyList<StoredCall>? Calls,
    IReadOnlyList<Schedule>? Schedules,
    IReadOnlyList<WorkTask>? Tasks,
    DateTimeOffset? Paused,
    IReadOnlyList<(string RunId, DateTimeOffset At)>? Collected,
    long? LastFact)
{
    private static Salvage Nothing { get; } = new(null, null, null, null, null, null, null);

    /// <summary>Each kind for itself: damage in one table leaves the others readable.</summary>
    public static Salvage From(StoreFiles files)
    {
        if (!File.Exists(files.Database))
        {
            return Nothing;
        }

        SqliteSession? session = null;
        try
        {
            var opened = session = SqliteSession.Open(files.Database, SqliteOpenMode.ReadOnly);
            return opened.Number("PRAGMA application_id") != Migrations.ApplicationId
                ? Nothing
                : new(
                    TryRead(() => SqliteTokens.List(opened)),
                    TryRead(() => SqliteCalls.List(opened)),
                    TryRead(() => SqliteSchedules.List(opened)),
                    TryRead(() => TaskRows.Read(opened, "ORDER BY position")),
                    TryRead(() => opened.Read("SELECT paused FROM queue", row => row.TimeOrNull(0)))?.FirstOrDefault(),
                    TryRead(() => opened.Read(
                        "SELECT run_id, collected FROM runs WHERE collected IS NOT NULL", static row => (row.GetString(0), row.Time(1)))),
                    TryReadNumber(opened));
        }
        catch (SqliteException)
        {
            return Nothing;
        }
        finally
        {
            session?.Dispose();
        }
    }

    private static List<T>? TryRead<T>(Func<List<T>> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsDamage(e))
        {
            return null;
        }
    }

    private static long? TryReadNumber(SqliteSession session)
    {
        try
        {
            return session.Number(StoreWriter.LastFact);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return null;
        }
    }

    private static bool IsDamage(Exception e) =>
        e is SqliteException or UnreadableRowException or InvalidOperationException or InvalidCastException;
}
