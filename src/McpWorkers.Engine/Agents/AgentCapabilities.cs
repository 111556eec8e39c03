namespace McpWorkers.Engine.Agents;

/// <summary>What an agent can do, as data.</summary>
/// <param name="Resume">A second prompt continues the first one's conversation.</param>
/// <param name="McpServers">MCP servers can be added for one run.</param>
/// <param name="Usage">When tokens become known.</param>
/// <param name="ReportsCost">The agent says what a run cost in USD.</param>
/// <param name="Asks">How the agent can ask for permission while it runs.</param>
/// <param name="IsSimulated">No AI is asked: results say so.</param>
public sealed record AgentCapabilities(
    bool Resume, bool McpServers, UsageReporting Usage, bool ReportsCost, AskBy Asks = AskBy.Nothing, bool IsSimulated = false);

public enum UsageReporting
{
    None,
    AtEnd,
    Live,
}

public enum AskBy
{
    Nothing,
    Tool,
    ControlProtocol,
}
