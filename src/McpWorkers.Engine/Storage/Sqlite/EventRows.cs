using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Facts as rows. The column worker_id is whom or what a fact is about: a worker, a task, or nobody for the queue; kind says which.</summary>
internal static class EventRows
{
    /// <summary>Who may know of a task is a column of that task: an agent is not told of one that is forgotten.</summary>
    public const string Columns =
        "number, time, kind, worker_id, run_id, status, text, (SELECT parent_run FROM tasks WHERE task_id = events.worker_id)";

    /// <summary>The first column after <see cref="Columns"/>.</summary>
    public const int Next = 8;

    public static string Select => $"SELECT {Columns} FROM events WHERE number > ?1 ORDER BY number LIMIT ?2";

    public static string Subject(WorkerEvent fact) => fact.Task?.TaskId ?? fact.WorkerId;

    public static WorkerEvent Read(SqliteDataReader row)
    {
        var kind = Kind(row.GetString(2));
        return kind.IsOfWorker()
            ? new(row.GetInt64(0), row.Time(1), kind, row.GetString(3), row.Text(4), row.Status(5), row.GetString(6))
            : WorkerEvent.OfQueue(row.Time(1), kind, row.GetString(6), row.Text(4), Task(row)) with { Number = row.GetInt64(0) };
    }

    private static TaskFact? Task(SqliteDataReader row) => row.GetString(3) is { Length: > 0 } id ? new(id, State(row.GetString(5)), row.Text(7)) : null;

    private static TaskState? State(string name) => name.Length == 0 ? null
        : TaskNames.TryParse(name, out TaskState state) ? state : throw new UnreadableRowException($"'{name}' is no state of a task.");

    private static WorkerEventKind Kind(string name) =>
        WorkerEventKinds.TryParse(name, out var kind) ? kind : throw new UnreadableRowException($"'{name}' is no kind of event.");
}
