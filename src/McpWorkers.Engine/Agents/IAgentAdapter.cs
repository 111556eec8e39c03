namespace McpWorkers.Engine.Agents;

/// <summary>Our knowledge of one agent CLI: arguments in, events out. Touches no process, file or clock.</summary>
public interface IAgentAdapter
{
    /// <summary>Such as <c>claude</c>; the value of <c>agent</c> in <c>ecosystem.yaml</c>.</summary>
    string Name { get; }

    AgentCapabilities Capabilities { get; }

    AgentProbe Probe { get; }

    /// <summary>Turns a request into a command.</summary>
    AgentLaunch Plan(AgentRequest request);

    /// <summary>A reader for one run of this agent.</summary>
    /// <param name="before">What the session had used before this run, for agents that count over the session.</param>
    AgentReader NewReader(SessionTotals before);
}
