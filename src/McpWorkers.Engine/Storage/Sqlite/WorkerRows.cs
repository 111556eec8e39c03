using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Workers as rows.</summary>
internal static class WorkerRows
{
    private const int LastRunColumn = 12;

    /// <summary>The open ones, oldest first, each with its last settled run.</summary>
    public static string SelectOpen =>
        $"""
        SELECT workers.worker_id, workers.worker_type, workers.agent, workers.working_directory, workers.model, workers.permission, workers.parent_run,
               workers.created, workers.session_id, workers.session_usage, workers.session_cost_usd, workers.runs_done, {RunRows.Columns}
        FROM workers LEFT JOIN runs ON runs.run_id = workers.last_run
        WHERE workers.closed IS NULL ORDER BY workers.position
        """;

    public static void Insert(Commit commit, StoredWorker worker) => commit.Execute(
        """
        INSERT INTO workers (worker_id, worker_type, agent, working_directory, model, permission, parent_run, created,
                             session_id, session_usage, session_cost_usd, runs_done)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """,
        worker.WorkerId,
        worker.WorkerType,
        worker.Agent,
        worker.WorkingDirectory,
        worker.Model,
        worker.Permission?.ToWire(),
        worker.ParentRun,
        worker.Created.UtcTicks,
        worker.SessionId,
        Values.Usage(worker.SessionUsage),
        Values.Money(worker.SessionCostUsd),
        (long)worker.RunsDone);

    public static StoredWorker Read(SqliteDataReader row) => new()
    {
        WorkerId = row.GetString(0),
        WorkerType = row.GetString(1),
        Agent = row.GetString(2),
        WorkingDirectory = row.GetString(3),
        Model = row.Text(4),
        Permission = Values.Permission(row.Text(5)),
        ParentRun = row.Text(6),
        Created = row.Time(7),
        SessionId = row.Text(8),
        SessionUsage = Values.Usage(row.Json(9)),
        SessionCostUsd = row.Money(10),
        RunsDone = (int)row.GetInt64(11),
        LastRun = row.IsDBNull(LastRunColumn) ? null : RunRows.Read(row, LastRunColumn),
    };
}
