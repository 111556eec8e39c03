using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>The configured worker types, joined with what we know of their agents and what this machine has.</summary>
internal sealed class WorkerTypes(HostSettings settings, AgentCatalog agents, Func<string, string?> findExecutable)
{
    private const string Auto = "auto";

    /// <summary>Finds a type that can run. Null asks for the default one.</summary>
    /// <exception cref="RefusedException">Unknown, of an agent that we do not know, or its executable is missing.</exception>
    public (WorkerType Type, IAgentAdapter Agent, string Executable) Resolve(string? name)
    {
        var type = name is null or Auto ? Default() : Find(name);
        var agent = AgentOf(type);
        string executable = findExecutable(ExecutableName(type, agent))
            ?? throw new RefusedException(RefusalCode.MissingExecutable, MissingMessage(type, agent));
        return (type, agent, executable);
    }

    public IReadOnlyList<WorkerTypeView> All()
    {
        string? defaultName = TryDefault()?.Name;
        return [.. settings.WorkerTypes.Select(type => ViewOf(type, type.Name == defaultName))];
    }

    /// <summary>The default type's name; <c>auto</c> where none of the list is installed.</summary>
    public string DefaultName => TryDefault()?.Name ?? settings.DefaultType;

    public IAgentAdapter AgentOf(WorkerType type) => agents.Find(type.Agent)
        ?? throw new RefusedException(
            RefusalCode.Unsupported,
            $"Worker type '{type.Name}' is of agent '{type.Agent}', which cannot run yet. Agents that can: {string.Join(", ", agents.Names)}.");

    private WorkerType Find(string name) => settings.WorkerTypes.FirstOrDefault(type => type.Name == name)
        ?? throw new RefusedException(
            RefusalCode.UnknownType,
            $"Worker type '{name}' is not known. Known: {string.Join(", ", settings.WorkerTypes.Select(type => type.Name))}.");

    private WorkerType Default() => TryDefault()
        ?? throw new RefusedException(
            RefusalCode.MissingExecutable,
            $"No agent of the list worker_auto_types is installed ({string.Join(", ", settings.AutoTypes)}). "
            + "Install one ('mcpworkers doctor' names the commands), or use worker type 'simulated' to try things out.");

    private WorkerType? TryDefault() => settings.DefaultType == Auto
        ? settings.AutoTypes
            .Select(name => settings.WorkerTypes.FirstOrDefault(type => type.Name == name))
            .FirstOrDefault(type => type is not null && ViewOf(type, isDefault: true).Missing is null)
        : Find(settings.DefaultType);

    private WorkerTypeView ViewOf(WorkerType type, bool isDefault)
    {
        if (agents.Find(type.Agent) is not { } agent)
        {
            return new(type, null, $"agent '{type.Agent}' cannot run yet", new(false, false, UsageReporting.None, false), isDefault);
        }

        string? executable = findExecutable(ExecutableName(type, agent));
        return new(type, executable, executable is null ? MissingMessage(type, agent) : null, agent.Capabilities, isDefault);
    }

    private static string ExecutableName(WorkerType type, IAgentAdapter agent) => type.Command.Count > 0 ? type.Command[0] : agent.Probe.Executable;

    private static string MissingMessage(WorkerType type, IAgentAdapter agent)
    {
        string name = ExecutableName(type, agent);
        if (name.Length == 0)
        {
            return $"Worker type '{type.Name}' names no command. Give it a command_template in ecosystem.yaml.";
        }

        string remedy = agent.Probe.Install.Length > 0 && type.Command.Count == 0
            ? $"Install it with: {agent.Probe.Install}"
            : "Check command_template in ecosystem.yaml, or PATH.";
        return $"Worker type '{type.Name}' needs the executable '{name}', which was not found. {remedy} ('mcpworkers doctor' tells more.)";
    }
}
