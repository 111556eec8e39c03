using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>What a session had used up to some moment, by the agent's own cumulative count.</summary>
/// <param name="Usage">Zero for a new session, and for agents that count each run by itself.</param>
/// <param name="CostUsd">Zero likewise.</param>
public sealed record SessionTotals(Usage Usage, decimal CostUsd)
{
    public static SessionTotals Zero { get; } = new(Usage.None, 0);
}
