using McpWorkers.Engine.Agents.Claude;
using McpWorkers.Engine.Agents.Codex;
using McpWorkers.Engine.Agents.Container;
using McpWorkers.Engine.Agents.Copilot;
using McpWorkers.Engine.Agents.Gemini;
using McpWorkers.Engine.Agents.Generic;
using McpWorkers.Engine.Agents.Grok;
using McpWorkers.Engine.Agents.OpenCode;
using McpWorkers.Engine.Agents.Qwen;
using McpWorkers.Engine.Agents.Simulated;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>All adapters, by name.</summary>
public sealed class AgentCatalog
{
    private readonly Dictionary<string, IAgentAdapter> _adapters;

    public AgentCatalog(IEnumerable<IAgentAdapter> adapters) =>
        _adapters = adapters.ToDictionary(adapter => adapter.Name, StringComparer.Ordinal);

    /// <summary>In the order of the catalog.</summary>
    public IReadOnlyList<string> Names => [.. _adapters.Keys];

    public IReadOnlyList<IAgentAdapter> All => [.. _adapters.Values];

    /// <exception cref="RefusedException">There is none of that name; the message names those that there are.</exception>
    public IAgentAdapter this[string name] =>
        Find(name) ?? throw new RefusedException(
            RefusalCode.InvalidSettings, $"Agent '{name}' is not known. Known: {string.Join(", ", _adapters.Keys)}.");

    public IAgentAdapter? Find(string name) => _adapters.GetValueOrDefault(name);

    /// <summary>The agents that come with the product. Add an adapter by one line here.</summary>
    public static AgentCatalog Default() => new(
    [
        new ClaudeAdapter(),
        new QwenAdapter(),
        new GeminiAdapter(),
        new CodexAdapter(),
        new OpenCodeAdapter(),
        new CopilotAdapter(),
        new GrokAdapter(),
        new StreamJsonAdapter(),
        new CommandAdapter(),
        new ContainerShellAdapter(),
        new SimulatedAdapter(),
    ]);
}
