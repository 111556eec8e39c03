using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Composition;

/// <summary>What a host tells the engine. All of it may be left out.</summary>
public sealed class EngineOptions
{
    /// <summary>The settings to use. Null: found by the usual search (beside the executable, the user's own, variables).</summary>
    public HostSettings? Settings { get; set; }

    /// <summary>A settings file or directory that is read last. Not used together with <see cref="Settings"/>.</summary>
    public string? ConfigPath { get; set; }

    /// <summary>Overrides the data directory of the settings. Absolute, or relative to the current directory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Words of the command that runs the simulated agent. Null: <c>mcpworkers simulated-agent</c>, found on PATH.</summary>
    public IReadOnlyList<string>? SimulatedAgentCommand { get; set; }

    /// <summary>
    /// Words of the command by which an agent starts its run's own MCP server, through which it asks. Null: runs have none, and cannot ask.
    /// </summary>
    public IReadOnlyList<string>? RunServerCommand { get; set; }
}
