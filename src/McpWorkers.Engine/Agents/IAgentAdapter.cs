namespace McpWorkers.Engine.Agents;

/// <summary>Our knowledge of one agent CLI: arguments in, events out. Touches no process, file or clock.</summary>
public interface IAgentAdapter
{
    /// <summary>Such as <c>claude</c>; the value of <c>agent</c> in <c>ecosystem.yaml</c>.</summary>
    string Name { get; }

    AgentCapabilities Capabilities { get; }

    AgentProbe Probe { get; }

    /// <summary>How a run of this agent is spoken to, where one can be; also of a run that an earlier host launched with an open input.</summary>
    IAgentControl? Control => null;

    /// <summary>Turns a request into a command.</summary>
    AgentLaunch Plan(AgentRequest request);

    /// <summary>A reader for one run of this agent.</summary>
    /// <param name="before">What the session had used before this run, for agents that count over the session.</param>
    AgentReader NewReader(SessionTotals before);
}
