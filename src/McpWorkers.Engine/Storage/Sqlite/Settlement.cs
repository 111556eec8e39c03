using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>How a run ends: once, with its worker's session in the same transaction.</summary>
internal static class Settlement
{
    /// <summary>False where it is settled already, or unknown.</summary>
    public static bool Add(Commit commit, SettledRun run, string result, RunFigures figures)
    {
        bool first = Apply(commit, run, result, figures);
        if (first)
        {
            commit.Add(Facts.Settled(run));
        }

        return first;
    }

    /// <summary>The same without its fact.</summary>
    public static bool Apply(Commit commit, SettledRun run, string result, RunFigures figures)
    {
        int settled = commit.Execute(
            "UPDATE runs SET state = 'settled', status = ?2, result = ?3, settled = ?4, prompt = NULL WHERE run_id = ?1 AND settled IS NULL",
            run.RunId, run.Status.ToWire(), result, run.At.UtcTicks);
        if (settled == 0)
        {
            return false;
        }

        if (result.Contains("\"continued_by\"", StringComparison.Ordinal))
        {
            // The end of one that went on may be noted after that of the one that did.
            commit.Execute(
                "UPDATE runs SET collected = (SELECT collected FROM runs AS next WHERE next.run_id = json_extract(?2, '$.metadata.continued_by')) WHERE run_id = ?1",
                run.RunId, result);
        }

        HistoryRows.Settle(commit, run, figures);
        commit.Execute(
            """
            UPDATE workers SET session_id = ?2, session_usage = ?3, session_cost_usd = ?4, runs_done = runs_done + 1, last_run = ?5, last_status = ?6
            WHERE worker_id = ?1
            """,
            run.WorkerId, run.SessionId, Values.Usage(run.SessionUsage), Values.Money(run.SessionCostUsd), run.RunId, run.Status.ToWire());
        return true;
    }
}
