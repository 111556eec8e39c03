using McpWorkers.Engine.Events;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Facts as rows.</summary>
internal static class EventRows
{
    public const string Columns = "number, time, kind, worker_id, run_id, status, text";

    public static string Select => $"SELECT {Columns} FROM events WHERE number > ?1 ORDER BY number LIMIT ?2";

    public static WorkerEvent Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.Time(1), Kind(row.GetString(2)), row.GetString(3), row.Text(4), row.Status(5), row.GetString(6));

    private static WorkerEventKind Kind(string name) =>
        WorkerEventKinds.TryParse(name, out var kind) ? kind : throw new UnreadableRowException($"'{name}' is no kind of event.");
}
