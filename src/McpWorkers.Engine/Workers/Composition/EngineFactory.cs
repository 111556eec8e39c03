using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;

namespace McpWorkers.Engine.Workers.Composition;

/// <summary>Puts an engine together: settings, the agents that we know, the launcher of processes.</summary>
public sealed class EngineFactory(EngineOptions options, TimeProvider time)
{
    private readonly AgentCatalog _agents = AgentCatalog.Default();
    private LoadedSettings? _loaded;

    /// <summary>The settings with the source of each value. Read once.</summary>
    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public LoadedSettings Load() => _loaded ??= SettingsLoader.Load(SettingsSources.Usual(options.ConfigPath, _agents.Names));

    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public WorkerManager CreateManager() =>
        new(Settings(), _agents, new ProcessLauncher(time), static name => ExecutableFinder.Find(name), time);

    /// <summary>The settings in force, the options of this host applied.</summary>
    public HostSettings Settings()
    {
        var settings = options.Settings ?? Load().Settings;
        return settings with
        {
            DataDirectory = options.DataDirectory is { } named ? Path.GetFullPath(named) : settings.DataDirectory,
            WorkerTypes = [.. settings.WorkerTypes.Select(WithSimulatedCommand)],
        };
    }

    /// <summary>The simulated agent is a program like the others, but only the host knows where: it is usually the host itself.</summary>
    private WorkerType WithSimulatedCommand(WorkerType type) =>
        type.Agent == SimulatedAgent.Name && type.Command.Count == 0
            ? type with { Command = options.SimulatedAgentCommand ?? SimulatedAgent.UsualCommand }
            : type;
}
