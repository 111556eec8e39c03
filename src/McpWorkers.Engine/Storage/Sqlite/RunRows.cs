using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Runs as rows.</summary>
internal static class RunRows
{
    /// <summary>Of a table or alias <c>runs</c>; the first of them is column 0 for <see cref="Read"/>.</summary>
    public const string Columns =
        "runs.run_id, runs.worker_id, runs.prompt, runs.timeout, runs.accepted, runs.state, runs.result, runs.settled, runs.collected, runs.continues, runs.budget";

    public static void Insert(Commit commit, StoredRun run)
    {
        commit.Execute(
            "INSERT INTO runs (run_id, worker_id, prompt, timeout, accepted, state, continues, budget) VALUES (?1, ?2, ?3, ?4, ?5, 'accepted', ?6, ?7)",
            run.RunId, run.WorkerId, Values.Prompt(run.Prompt), run.Timeout.Ticks, run.Accepted.UtcTicks, run.Continues, BudgetJson.Write(run.Budget));
        HistoryRows.Insert(commit, run.RunId);
    }

    /// <param name="at">Number of the column where <see cref="Columns"/> begin.</param>
    public static StoredRun Read(SqliteDataReader row, int at = 0) => new()
    {
        RunId = row.GetString(at),
        WorkerId = row.GetString(at + 1),
        Prompt = row.Prompt(at + 2),
        Timeout = TimeSpan.FromTicks(row.GetInt64(at + 3)),
        Accepted = row.Time(at + 4),
        State = Values.State(row.GetString(at + 5)),
        Result = row.Json(at + 6) as JsonObject,
        Settled = row.TimeOrNull(at + 7),
        Collected = row.TimeOrNull(at + 8),
        Continues = row.Text(at + 9),
        Budget = Budget(row, at + 10),
    };

    private static RunBudget Budget(SqliteDataReader row, int column)
    {
        try
        {
            return BudgetJson.ReadRun(row.Json(column));
        }
        catch (FormatException e)
        {
            throw new UnreadableRowException("A run's budget cannot be read.", e);
        }
    }
}
