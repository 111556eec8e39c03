namespace McpWorkers.Engine.Agents;

/// <summary>The agents that we know, by name.</summary>
public sealed class AgentCatalog(IEnumerable<IAgentAdapter> agents)
{
    private readonly Dictionary<string, IAgentAdapter> _agents = agents.ToDictionary(agent => agent.Name);

    public IReadOnlyCollection<IAgentAdapter> All => _agents.Values;

    public IReadOnlyList<string> Names => [.. _agents.Keys];

    public IAgentAdapter? Find(string name) => _agents.GetValueOrDefault(name);
}
