using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// Runs in few words, a narrow row for each row of <c>runs</c>: that one holds a result of some kilobytes, which whoever counts would have to
/// pass over.
/// </summary>
internal static class HistoryRows
{
    public const string Columns =
        """
        position, run_id, worker_id, worker_type, agent, status, accepted, started, finished, outcome, reason, duration,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, total_tokens, cost_nano_usd, error
        """;

    private const string End =
        """
        UPDATE history SET status = ?2, finished = ?3, outcome = ?4, reason = ?5, duration = ?6, input_tokens = ?7, output_tokens = ?8,
          cache_read_tokens = ?9, cache_write_tokens = ?10, total_tokens = ?11, cost_nano_usd = ?12, error = ?13, started = COALESCE(?14, started),
          worker_type = COALESCE(worker_type, ?15), agent = COALESCE(agent, ?16)
        WHERE position = (SELECT position FROM runs WHERE run_id = ?1)
        """;

    /// <summary>After its row in <c>runs</c>.</summary>
    public static void Insert(Commit commit, string runId) => commit.Execute(
        """
        INSERT INTO history (position, run_id, worker_id, worker_type, agent, status, accepted)
        SELECT runs.position, runs.run_id, runs.worker_id, workers.worker_type, workers.agent, 'starting', runs.accepted
        FROM runs LEFT JOIN workers ON workers.worker_id = runs.worker_id WHERE runs.run_id = ?1
        """,
        runId);

    public static void Launch(Commit commit, string runId, DateTimeOffset? at) => commit.Execute(
        "UPDATE history SET status = 'running', started = ?2 WHERE position = (SELECT position FROM runs WHERE run_id = ?1)", runId, Values.Time(at));

    public static void Settle(Commit commit, SettledRun run, RunFigures figures) =>
        commit.Execute(End, EndOf(run.RunId, run.Status.ToWire(), run.At.UtcTicks, figures));

    /// <summary>Before its row in <c>runs</c> goes.</summary>
    public static void Remove(Commit commit, string runId) => commit.Execute(
        "DELETE FROM history WHERE position = (SELECT position FROM runs WHERE run_id = ?1 AND settled IS NOT NULL)", runId);

    /// <summary>Fills the table from what an older schema kept. A result that cannot be read leaves its run without figures.</summary>
    public static void Fill(SqliteSession session)
    {
        session.Execute(
            """
            INSERT INTO history (position, run_id, worker_id, worker_type, agent, status, accepted, started)
            SELECT runs.position, runs.run_id, runs.worker_id, workers.worker_type, workers.agent,
                   CASE runs.state WHEN 'accepted' THEN 'starting' WHEN 'launched' THEN 'running' ELSE runs.status END, runs.accepted, runs.launched
            FROM runs LEFT JOIN workers ON workers.worker_id = runs.worker_id
            """);

        // One after the other: all results together may be more than there is memory.
        foreach (string runId in session.Read("SELECT run_id FROM runs WHERE settled IS NOT NULL", row => row.GetString(0)))
        {
            var (status, settled, figures) = session.Read(
                "SELECT status, settled, result FROM runs WHERE run_id = ?1", row => (row.GetString(0), row.GetInt64(1), FiguresOf(row, 2)), runId)[0];
            session.Execute(End, EndOf(runId, status, settled, figures));
        }
    }

    public static PastRun Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.Text(3), row.Text(4), row.Status(5), row.Time(6), row.TimeOrNull(7), row.TimeOrNull(8),
        new()
        {
            WorkerType = row.Text(3),
            Agent = row.Text(4),
            Started = row.TimeOrNull(7),
            Finished = row.TimeOrNull(8),
            Outcome = row.Text(9),
            Reason = row.Text(10),
            Duration = row.IsDBNull(11) ? null : TimeSpan.FromTicks(row.GetInt64(11)),
            Tokens = row.IsDBNull(12) ? null : new(row.GetInt64(12), row.GetInt64(13), row.GetInt64(14), row.GetInt64(15), row.GetInt64(16)),
            CostUsd = row.IsDBNull(17) ? null : RunFigures.Dollars(row.GetInt64(17)),
            Error = row.Text(18),
        });

    private static object?[] EndOf(string runId, string status, long settled, RunFigures figures) =>
    [
        runId,
        status,
        figures.Finished?.UtcTicks ?? settled,
        figures.Outcome,
        figures.Reason,
        figures.Duration?.Ticks,
        figures.Tokens?.Input,
        figures.Tokens?.Output,
        figures.Tokens?.CacheRead,
        figures.Tokens?.CacheWrite,
        figures.Tokens?.Total,
        figures.CostNanos,
        figures.Error,
        figures.Started?.UtcTicks,
        figures.WorkerType,
        figures.Agent,
    ];

    private static RunFigures FiguresOf(SqliteDataReader row, int column)
    {
        try
        {
            return row.Json(column) is System.Text.Json.Nodes.JsonObject result ? RunFigures.Of(result) : RunFigures.None;
        }
        catch (UnreadableRowException)
        {
            return RunFigures.None;
        }
    }
}
