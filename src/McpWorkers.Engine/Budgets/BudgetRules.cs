using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Budgets;

/// <summary>Whether budgets can be held at all for an agent that says this much of what it uses. Pure.</summary>
internal static class BudgetRules
{
    /// <summary>Why a run may not begin under these budgets; null where it may.</summary>
    public static string? Refusal(BudgetedRun run, BudgetSettings settings)
    {
        foreach (var (scope, budget) in Own(run).Where(own => own.Budget.NeedsUsage))
        {
            string what = $"Worker type '{run.WorkerType}' has a budget in {Units(budget)} (of {Of(scope)})";
            if (run.Capabilities.Usage == UsageReporting.None)
            {
                return $"{what}, but its agent '{run.Agent}' never says what it uses: such a budget cannot be held. Give one in turns or minutes instead, or use another worker type.";
            }

            if (budget.Usd is not null && !run.Capabilities.ReportsCost && settings.PriceOf(run.Model) is null)
            {
                return $"{what}, but its agent '{run.Agent}' never says what it costs, and `prices` in mcpworkers.yaml has no price for "
                    + $"{(run.Model is { } model ? $"the model '{model}'" : "a model that is not known beforehand (a pattern '*' would be one)")}. Add one, or give a budget in tokens.";
            }
        }

        return null;
    }

    /// <summary>What whoever starts the run must know, each in a sentence; the run may begin.</summary>
    public static IReadOnlyList<string> Warnings(BudgetedRun run, BudgetSettings settings)
    {
        List<string> warnings = [];
        bool isKnownLate = run.Capabilities.Usage == UsageReporting.AtEnd;
        var late = Own(run).Append((BudgetScope.Day, settings.Day)).Where(own => own.Item2.NeedsUsage).Select(own => own.Item1).ToList();
        if (isKnownLate && late.Count > 0)
        {
            warnings.Add(
                $"The agent '{run.Agent}' says what it used only at its end: the budget of {string.Join(" and ", late.Select(Of))} is checked between runs, and one run may overshoot it.");
        }

        if (run.Capabilities.Usage == UsageReporting.None)
        {
            if (settings.Day.NeedsUsage)
            {
                warnings.Add($"The agent '{run.Agent}' never says what it uses: the day's budget in {Units(settings.Day)} does not count it.");
            }

            if (Own(run).Any(own => own.Budget.Turns is not null))
            {
                warnings.Add($"The agent '{run.Agent}' may not say its turns while it runs: a budget in turns may be overshot. One in minutes is held.");
            }
        }
        else if (settings.Day.Usd is not null && !run.Capabilities.ReportsCost && settings.PriceOf(run.Model) is null)
        {
            warnings.Add($"The agent '{run.Agent}' never says what it costs, and `prices` has no price for its model: the day's budget in USD does not count it.");
        }

        return warnings;
    }

    /// <summary>The budgets that were given for just this: those of the day are everybody's, and forbid nobody to begin.</summary>
    private static IEnumerable<(BudgetScope Scope, Budget Budget)> Own(BudgetedRun run) =>
        [(BudgetScope.Run, run.Budget), (BudgetScope.Task, run.TaskBudget), (BudgetScope.Pool, run.PoolBudget)];

    private static string Units(Budget budget) => (budget.Usd, budget.Tokens) switch
    {
        ({ }, { }) => "USD and tokens",
        ({ }, null) => "USD",
        _ => "tokens",
    };

    private static string Of(BudgetScope scope) => scope switch
    {
        BudgetScope.Run => "the run",
        BudgetScope.Task => "the task",
        BudgetScope.Pool => "the pool",
        _ => "the day",
    };
}
