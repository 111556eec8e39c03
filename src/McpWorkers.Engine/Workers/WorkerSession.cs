using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>The agent's conversation as a worker goes on with it, and what its last run used.</summary>
/// <param name="Id">What the next run resumes; null for a new one.</param>
/// <param name="Totals">What that session has used up.</param>
internal sealed record WorkerSession(string? Id, SessionTotals Totals, Usage? LastUsage = null, decimal? LastCostUsd = null)
{
    public static WorkerSession None { get; } = new(null, SessionTotals.Zero);

    public static WorkerSession Of(StoredWorker stored) => new(stored.SessionId, new(stored.SessionUsage, stored.SessionCostUsd));

    /// <summary>How a run ended, with the session as it is after it.</summary>
    public SettledRun Settle(RunIdentity run, WorkerResult result, DateTimeOffset now) => new()
    {
        RunId = run.RunId,
        WorkerId = run.WorkerId,
        Status = result.Status,
        Result = RunRecord.WithoutOutput(result),
        At = now,
        SessionId = Id,
        SessionUsage = Totals.Usage,
        SessionCostUsd = Totals.CostUsd,
    };

    /// <param name="summary">Null where the run's agent was not heard to its end.</param>
    public WorkerSession After(AgentSummary? summary)
    {
        if (summary is null)
        {
            return this;
        }

        // Only a session that a run announced can be gone on with. A resumed run that was cut short may not say it again, and one that
        // could not start may have lost it.
        bool isLost = summary.Verdict is AgentVerdict.Failed { Kind: FailureKind.Startup };
        return new(summary.SessionId ?? (isLost ? null : Id), summary.SessionAfter, summary.Usage, summary.CostUsd);
    }
}
