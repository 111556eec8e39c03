namespace McpWorkers.Engine.Agents;

/// <summary>What an agent can do, as data.</summary>
/// <param name="Resume">A second prompt continues the first one's conversation.</param>
/// <param name="McpServers">MCP servers can be added for one run.</param>
/// <param name="Usage">When tokens become known.</param>
/// <param name="ReportsCost">The agent says what a run cost in USD.</param>
/// <param name="Asks">How the agent can ask for permission while it runs.</param>
/// <param name="IsSimulated">No AI is asked: results say so.</param>
public sealed record AgentCapabilities(
    bool Resume, bool McpServers, UsageReporting Usage, bool ReportsCost, AskBy Asks = AskBy.Nothing, bool IsSimulated = false)
{
    /// <summary>
    /// How long one call of a tool of <see cref="AgentRequest.OwnServer"/> may take before the agent gives it up, with what the adapter does
    /// to raise that. Null where it is not known: whoever holds a call then answers within a minute. Measured: docs/agents.md.
    /// </summary>
    public TimeSpan? ToolTimeLimit { get; init; }

    /// <summary>The same of a permission that is asked for; null for agents that do not ask.</summary>
    public TimeSpan? AskTimeLimit { get; init; }
}

/// <summary>When an agent tells what it has used.</summary>
public enum UsageReporting
{
    None,

    /// <summary>At the end of a run only: what it used meanwhile is known too late to stop it.</summary>
    AtEnd,

    /// <summary>With every request to its model.</summary>
    Live,
}

/// <summary>How an agent asks for a permission while it runs.</summary>
public enum AskBy
{
    Nothing,

    /// <summary>By the tool <see cref="AgentRequest.PermissionTool"/> of <see cref="AgentRequest.OwnServer"/>.</summary>
    Tool,

    /// <summary>By a line of its output, answered by a line of its input: <see cref="IAgentControl"/>.</summary>
    ControlProtocol,
}
