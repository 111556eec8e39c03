using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;

namespace McpWorkers.Engine.Workers;

/// <summary>Finds a program's file. Null where there is none.</summary>
/// <param name="name">A name or a path.</param>
/// <param name="path">Directories as in PATH; null for the host's own.</param>
internal delegate string? ExecutableSearch(string name, string? path);

/// <summary>The configured worker types, joined with what we know of their agents and what a caller's PATH has.</summary>
internal sealed class WorkerTypes(HostSettings settings, AgentCatalog agents, ExecutableSearch search)
{
    private const string Auto = "auto";

    /// <summary>Finds a type that can run in this environment. A null name asks for the default one.</summary>
    /// <exception cref="RefusedException">Unknown, of an agent that we do not know, or its executable is missing.</exception>
    /// <param name="choose">Says how the type's commands are to be started: in a container the image has the executable, or has not.</param>
    public (WorkerType Type, IAgentAdapter Agent, LaunchChoice Launch) Resolve(
        string? name, IReadOnlyDictionary<string, string> environment, Func<WorkerType, LaunchChoice> choose)
    {
        string? path = PathIn(environment);
        var type = name is null or Auto ? Default(path) : Find(name);
        var agent = AgentOf(type);
        var launch = choose(type);
        _ = ExecutableOf(type, agent, environment, launch.Launcher == LauncherKind.Container);
        return (type, agent, launch);
    }

    /// <summary>The names of agents that can ask for a permission while they run.</summary>
    public IReadOnlyList<string> AgentsThatAsk => [.. agents.All.Where(agent => agent.Capabilities.Asks != AskBy.Nothing).Select(agent => agent.Name)];

    /// <summary>A type as it is configured now. One that is no longer is given by its name alone, and cannot run.</summary>
    public WorkerType Restore(string name, string agent) =>
        settings.WorkerTypes.FirstOrDefault(type => type.Name == name && type.Agent == agent) ?? new WorkerType { Name = name, Agent = agent };

    /// <summary>Null for an agent that this version does not know.</summary>
    public IAgentAdapter? FindAgent(string name) => agents.Find(name);

    /// <exception cref="RefusedException">It is missing, or the type is configured no more.</exception>
    /// <returns>An absolute path; in a container the name, or path, that the image knows.</returns>
    public string ExecutableOf(WorkerType type, IAgentAdapter agent, IReadOnlyDictionary<string, string> environment, bool inContainer) =>
        settings.WorkerTypes.All(configured => configured.Name != type.Name)
            ? throw new RefusedException(
                RefusalCode.UnknownType, $"Worker type '{type.Name}' is no longer configured. Close the worker, or put the type back into ecosystem.yaml.")
            : (inContainer ? InImage(type, agent) : search(ExecutableName(type, agent), PathIn(environment)))
                ?? throw new RefusedException(RefusalCode.MissingExecutable, MissingMessage(type, agent));

    /// <param name="environment">Whose PATH decides what is installed.</param>
    public IReadOnlyList<WorkerTypeView> All(IReadOnlyDictionary<string, string> environment)
    {
        string? path = PathIn(environment);
        string? defaultName = TryDefault(path)?.Name;
        return
        [
            .. settings.WorkerTypes.Select(type => ViewOf(type, type.Name == defaultName, path) with
            {
                Limits = type.Launcher == LauncherKind.Container ? LimitHolds.OfContainers(type.Limits) : LimitHolds.OfProcesses(type.Limits),
                PermissionFlags = agents.Find(type.Agent) is { } agent ? PermissionMapping.Of(agent, type, type.Permission) : "",
            }),
        ];
    }

    /// <summary>The default type's name; <c>auto</c> where none of the list is installed.</summary>
    public string DefaultName(IReadOnlyDictionary<string, string> environment) => TryDefault(PathIn(environment))?.Name ?? settings.DefaultType;

    public IAgentAdapter AgentOf(WorkerType type) => agents.Find(type.Agent)
        ?? throw new RefusedException(
            RefusalCode.Unsupported,
            $"Worker type '{type.Name}' is of agent '{type.Agent}', which cannot run yet. Agents that can: {string.Join(", ", agents.Names)}.");

    private WorkerType Find(string name) => settings.WorkerTypes.FirstOrDefault(type => type.Name == name)
        ?? throw new RefusedException(
            RefusalCode.UnknownType,
            $"Worker type '{name}' is not known. Known: {string.Join(", ", settings.WorkerTypes.Select(type => type.Name))}.");

    private WorkerType Default(string? path) => TryDefault(path)
        ?? throw new RefusedException(
            RefusalCode.MissingExecutable,
            $"No agent of the list worker_auto_types is installed ({string.Join(", ", settings.AutoTypes)}). "
            + "Install one ('mcpworkers doctor' names the commands), or use worker type 'simulated' to try things out.");

    private WorkerType? TryDefault(string? path) => settings.DefaultType == Auto
        ? settings.AutoTypes
            .Select(name => settings.WorkerTypes.FirstOrDefault(type => type.Name == name))
            .FirstOrDefault(type => type is not null && ViewOf(type, isDefault: true, path).Missing is null)
        : Find(settings.DefaultType);

    private WorkerTypeView ViewOf(WorkerType type, bool isDefault, string? path)
    {
        if (agents.Find(type.Agent) is not { } agent)
        {
            return new(type, null, $"agent '{type.Agent}' cannot run yet", new(false, false, UsageReporting.None, false), isDefault);
        }

        if (type.Launcher == LauncherKind.Container)
        {
            return new(type, InImage(type, agent), null, agent.Capabilities, isDefault);
        }

        string? executable = search(ExecutableName(type, agent), path);
        return new(type, executable, executable is null ? MissingMessage(type, agent) : null, agent.Capabilities, isDefault);
    }

    private static string? InImage(WorkerType type, IAgentAdapter agent) =>
        agent.Name == ContainerTypes.Agent ? "/bin/sh" : ExecutableName(type, agent) is { Length: > 0 } name ? name : null;

    private static string? PathIn(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault("PATH");

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
