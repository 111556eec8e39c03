using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;

namespace McpWorkers.Tests.Budgets;

/// <summary>Runs to be counted.</summary>
internal static class Meters
{
    public static BudgetedRun Run(string runId = "run_1") => new()
    {
        RunId = runId,
        WorkerId = "w1",
        WorkerType = "terminal-claude",
        Agent = "claude",
        Pool = "terminal-claude",
        Capabilities = new(Resume: true, McpServers: true, UsageReporting.Live, ReportsCost: true),
    };

    public static AgentEvent Tokens(long input, long output = 0) => new AgentEvent.UsageReported(new(Input: input, Output: output));

    public static AgentEvent Cost(decimal usd) => new AgentEvent.CostReported(usd);
}
