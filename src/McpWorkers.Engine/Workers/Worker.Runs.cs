using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <content>What its runs are made of.</content>
internal sealed partial class Worker
{
    /// <summary>What bounds a run of it: the smaller amounts of its type, of its own and of what was asked for.</summary>
    public RunBudget BudgetOf(RunBudget asked) => asked with { Own = Budget.Least(Budget.Least(type.Budget, Budget), asked.Own) };

    /// <summary>A run of it, as far as its spending is concerned.</summary>
    /// <param name="before">The runs whose session it goes on with, the latest first; null for none.</param>
    public BudgetedRun Budgeted(string runId, RunBudget budget, IReadOnlyList<string>? before = null) => new()
    {
        RunId = runId,
        Before = before ?? [],
        WorkerId = Id,
        WorkerType = type.Name,
        Agent = agent.Name,
        Pool = Pool,
        TaskId = budget.TaskId,
        Model = stored.Model ?? type.Model,
        Capabilities = agent.Capabilities,
        Budget = budget.Own,
        TaskBudget = budget.OfTask,
        PoolBudget = type.PoolBudget,
    };

    /// <param name="before">The runs whose session it goes on with after an answer, the latest first; null for none.</param>
    public PromptRun NewRun(
        string runId, string runDirectory, string prompt, TimeSpan timeout, DateTimeOffset acceptedAt, bool isRestored = false, RunSlots.Slot? slot = null,
        IReadOnlyList<string>? before = null, RunBudget? budget = null)
    {
        var run = new PromptRun(
            new(runId, runDirectory, Id, type.Name, agent.Name, agent.Capabilities.IsSimulated, Continues: before is [var last, ..] ? last : null),
            prompt,
            timeout == TimeSpan.Zero ? type.Timeout ?? TimeSpan.Zero : timeout,
            acceptedAt,
            Secrets,
            around.Time)
        {
            IsRestored = isRestored,
            Before = before ?? [],
            Budget = budget ?? RunBudget.None,
            Slot = slot,
            Ticket = around.Gate.NextTicket(),
            Holds = new RunHolds(HoldMax, around.Time),
        };
        run.Quota = new RunQuota(around.Gate, Pool, runId, agent.Name, () => run.Started, Secrets, around.Time);
        run.Ended = (outcome, leaving) => around.Continuations.AfterAsync(this, run, outcome, leaving);
        run.GoneOn = leaving => around.Continuations.GoneOnAsync(this, run, leaving);
        run.Affordable = leaving => around.Continuations.AffordableAsync(run, leaving);
        return run;
    }

    /// <summary>So long a call of its agent is held at most: a little less than the agent waits for a tool.</summary>
    private TimeSpan HoldMax => Least(around.HoldMax, Least(agent.Capabilities.ToolTimeLimit ?? HoldUnknown, agent.Capabilities.AskTimeLimit ?? TimeSpan.MaxValue) - HoldMargin);

    private RunAids Aids(PromptRun run)
    {
        string runId = run.Identity.RunId;
        bool asksByTool = agent.Capabilities.Asks == AskBy.Tool && (stored.Permission ?? type.Permission) == Permission.Ask;
        var server = (type.Questions || asksByTool) && agent.Capabilities.McpServers && !place.Commands.IsContainer
            ? around.Voice.ServerFor(runId, HoldMax, type.Questions, asksByTool)
            : null;
        return new(
            Budgeted(runId, run.Budget, run.Before), server,
            (asked, cancellationToken) => around.Voice.AnswerAsync(runId, asked, HoldMax, cancellationToken),
            requestId => around.Voice.GivenAsync(runId, requestId));
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private RunContext Context(PromptRun run, string executable)
    {
        var session = SessionFor(run);
        bool resumes = session.Id is not null && agent.Capabilities.Resume;
        return new(
            type, agent, executable, stored.WorkingDirectory, stored.Model, stored.Permission ?? type.Permission, place.Environment,
            resumes ? session.Id : null, resumes ? session.Totals : SessionTotals.Zero, stored.ParentRun is { } parent ? around.GoesOnAs(parent) : null)
        {
            Commands = place.Commands,
            Aids = Aids(run),
        };
    }

    /// <summary>What goes on after an answer has the session of the runs before it, whatever else the worker has done since.</summary>
    private WorkerSession SessionFor(PromptRun run)
    {
        WorkerSession latest;
        lock (_lock)
        {
            latest = IsFresh && run.Before.Count == 0 ? WorkerSession.None : _session;
            if (run.Before.Count == 0 || (_heard is { } heard && run.Before.Contains(heard)))
            {
                return latest;
            }
        }

        // None of them may have been launched.
        return around.Continuations.SessionOf(run.Before) ?? (IsFresh ? WorkerSession.None : latest);
    }
}
