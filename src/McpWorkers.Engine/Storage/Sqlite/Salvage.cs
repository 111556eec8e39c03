using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>What can still be read of a damaged store: that which no run directory tells. Null: it cannot be read, or the store knew nothing of it yet.</summary>
internal sealed record Salvage
{
    public IReadOnlyList<StoredToken>? Tokens { get; init; }

    public IReadOnlyList<StoredCall>? Calls { get; init; }

    public IReadOnlyList<Schedule>? Schedules { get; init; }

    public TaskSalvage? Tasks { get; init; }

    /// <summary>Whether, and since when, no task was to be begun.</summary>
    public IReadOnlyList<DateTimeOffset?>? Paused { get; init; }

    public IReadOnlyList<KeptNotice>? Notices { get; init; }

    /// <summary>Since when notices are owed.</summary>
    public IReadOnlyList<DateTimeOffset?>? NoticesOwed { get; init; }

    public IReadOnlyList<WorkerRequest>? Requests { get; init; }

    /// <summary>What was spent and granted, and which pools are held: those of <see cref="RowSalvage.Tables"/> that can be read.</summary>
    public IReadOnlyList<RowSalvage> Rows { get; init; } = [];

    /// <summary>Runs whose result was handed out, and when.</summary>
    public IReadOnlyList<(string RunId, DateTimeOffset At)>? Collected { get; init; }

    public long? LastFact { get; init; }

    /// <summary>What was there and is lost, in words.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Each kind for itself: damage in one table leaves the others readable.</summary>
    public static Salvage From(StoreFiles files, DateTimeOffset now)
    {
        if (!File.Exists(files.Database))
        {
            return new();
        }

        SqliteSession? session = null;
        try
        {
            session = SqliteSession.Open(files.Database, SqliteOpenMode.ReadOnly);
            if (session.Number("PRAGMA application_id") == Migrations.ApplicationId)
            {
                return Read(session, session.Number("PRAGMA user_version"), now);
            }
        }
        catch (SqliteException)
        {
            // As with another program's file: nothing of it is ours.
        }
        finally
        {
            session?.Dispose();
        }

        return new() { Lost = ["whatever tasks, schedules, access tokens and handles of calls there were"] };
    }

    private static Salvage Read(SqliteSession session, long schema, DateTimeOffset now)
    {
        bool knowsTasks = schema >= Migrations.TasksSince;
        bool knowsRequests = schema >= Migrations.RequestsSince;
        var read = new Salvage
        {
            Tokens = TaskSalvage.TryRead(() => SqliteTokens.List(session)),
            Calls = TaskSalvage.TryRead(() => SqliteCalls.List(session)),
            Collected = TaskSalvage.TryRead(() => session.Read(
                "SELECT run_id, collected FROM runs WHERE collected IS NOT NULL", static row => (row.GetString(0), row.Time(1)))),
            LastFact = TaskSalvage.TryRead<long>(() => [session.Number(StoreWriter.LastFact)]) is [var last] ? last : null,
        };
        if (knowsTasks)
        {
            read = read with
            {
                Schedules = TaskSalvage.TryRead(() => SqliteSchedules.List(session)),
                Tasks = TaskSalvage.From(session, now),
                Paused = TaskSalvage.TryRead(() => session.Read("SELECT paused FROM queue", row => row.TimeOrNull(0))),
                Notices = TaskSalvage.TryRead(() => SqliteNotices.List(session)),
                NoticesOwed = TaskSalvage.TryRead(() => session.Read("SELECT since FROM notices_owed", row => row.TimeOrNull(0))),
            };
        }

        if (knowsRequests)
        {
            read = read with
            {
                Requests = TaskSalvage.TryRead(() => SqliteRequests.Read(session, "ORDER BY position")),
                Rows = [.. RowSalvage.Tables.Select(table => RowSalvage.From(session, table)).OfType<RowSalvage>()],
            };
        }

        return read with { Lost = [.. LostOf(read, knowsTasks, knowsRequests)] };
    }

    private static IEnumerable<string> LostOf(Salvage read, bool knowsTasks, bool knowsRequests)
    {
        string?[] lost =
        [
            read.Tokens is null ? "access tokens" : null,
            read.Calls is null ? "handles of calls" : null,
            knowsTasks && read.Schedules is null ? "schedules" : null,
            read.Tasks is { Lost: null } ? "tasks, nobody knows how many" : read.Tasks is { Lost: > 0 } some ? $"{some.Lost} {(some.Lost == 1 ? "task" : "tasks")}" : null,
            read.Tasks is { WithoutAttempts: > 0 } bare ? $"the attempts of {bare.WithoutAttempts} {(bare.WithoutAttempts == 1 ? "task" : "tasks")}" : null,
            knowsRequests && read.Requests is null ? "requests (what still waits asks again)" : null,
            knowsRequests && read.Rows.Count < RowSalvage.Tables.Count ? "of what was spent (budgets of today count anew)" : null,
            knowsTasks && read.Notices is null ? "of what somebody was told" : null,
            knowsTasks && read.Paused is null ? "whether the queue was paused (it is now; 'mcpworkers queue resume' lets it go on)" : null,
        ];
        return lost.OfType<string>();
    }
}
