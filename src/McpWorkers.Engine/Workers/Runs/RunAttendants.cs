using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Those who listen to a run beside its reader; each may be missing.</summary>
/// <param name="Holds">When it waited for answers.</param>
/// <param name="Quota">Looks for signs of a limit.</param>
/// <param name="Spending">Counts what it spends.</param>
/// <param name="Conversation">Answers what it asks on its output.</param>
internal sealed record RunAttendants(RunHolds? Holds = null, RunQuota? Quota = null, RunSpending? Spending = null, RunConversation? Conversation = null)
{
    public static RunAttendants None { get; } = new();

    public void Take(AgentEvent said)
    {
        Quota?.Take(said);
        Spending?.Take(said);
        Conversation?.Take(said);
    }

    public void Describe(JsonObject metadata)
    {
        Quota?.Describe(metadata);
        Spending?.Describe(metadata);
    }
}
