using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes worker types out of merged entries of <c>ecosystem.yaml</c>.</summary>
/// <param name="hostBounds">What a type's own bounds stand on.</param>
/// <param name="hostLimits">So for its limits.</param>
internal sealed class WorkerTypeBuilder(
    RunBounds hostBounds, ResourceLimits hostLimits, ContainerHostSettings containers, SettingsSources sources, SettingsProblems problems)
{
    /// <summary>The adapters for programs that nobody knows: these have no executable of their own.</summary>
    private const string AnyStreamJson = "stream-json";
    private const string AnyCommand = "command";

    /// <summary>The adapter whose prompts are scripts for the shell of a container.</summary>
    private const string Container = "container";

    /// <summary>No adapter, but accepted: such types are listed, and refused when somebody spawns them.</summary>
    private const string DebugMonitor = "debug-monitor";

    private static readonly SettingNode.Branch Defaults = SettingDefaults.Of(EcosystemKeys.WorkerType);

    private readonly IReadOnlyList<string> _agents = sources.Agents;

    public WorkerType Build(SettingNode.Branch entry)
    {
        string name = entry.Get<string>("name")!;
        string path = $"{EcosystemKeys.Workers}.{name}";
        var tree = Defaults.OverriddenBy(entry);
        if (name == "auto")
        {
            problems.Add(entry.Origin, $"{path}: 'auto' stands for a choice among the types and cannot be one.");
        }

        var command = tree.Get<IReadOnlyList<string>>("command_template") ?? [];
        var timeout = tree.Number("timeout_seconds") is { } seconds ? HostSettingsBuilder.Seconds(seconds) : (TimeSpan?)null;
        string agent = Agent(tree, entry.Origin, name, path, command);
        CheckOwnServer(tree, path);
        return new()
        {
            Name = name,
            Agent = agent,
            Command = command,
            Permission = PermissionNames.TryParse(tree.Get<string>("permission"), out var permission) ? permission : Permission.ReadOnly,
            AllowsUnattended = tree.Get<string>("unattended") == "allow",
            Questions = tree.Flag("questions")!.Value,
            Model = tree.Get<string>("model"),
            Environment = Texts(tree.Under("environment"), path + ".environment"),
            PassEnvironment = tree.Get<IReadOnlyList<string>>("pass_environment")!,
            Timeout = timeout,
            Bounds = BoundsBuilder.Build(tree.Under("bounds"), hostBounds, path + ".bounds.", problems) with
            {
                WallClock = timeout ?? hostBounds.WallClock,
            },
            Workspace = WorkspaceKindNames.TryParse(tree.Get<string>("workspace") ?? "", out var workspace) ? workspace : WorkspaceKind.Directory,
            Setup = WorkspaceBuilder.SetupOf(tree.Under("setup"), path, problems),
            Verify = tree.Get<IReadOnlyList<string>>("verify")!,
            Ports = tree.Get<IReadOnlyList<string>>("ports")!,
            McpServers = [.. tree.Under("mcp_servers")!.Children.Values.Cast<SettingNode.Branch>().Select(s => McpServer(s, path))],
            MayDelegate = tree.Flag("may_delegate") == true,
            PromptBy = tree.Get<string>("prompt_by") == "argument" ? PromptBy.Argument : PromptBy.Stdin,
            Launcher = Launcher(tree, agent, path),
            Container = ContainerBuilder.Of(tree.Under("container")!, containers.Image, isShell: agent == Container, sources),
            Limits = ContainerBuilder.LimitsOf(tree.Under("limits"), hostLimits),
            TasksMax = (int?)tree.Number("concurrency"),
            Pool = tree.Get<string>("pool"),
            Budget = BudgetBuilder.Of(tree.Under("budget")),
            PoolBudget = BudgetBuilder.Of(tree.Under("pool_budget")),
            Description = tree.Get<string>("description") ?? "",
        };
    }

    private LauncherKind Launcher(SettingNode.Branch tree, string agent, string path)
    {
        var usual = agent == Container ? LauncherKind.Container : LauncherKind.Process;
        if (!LauncherKindNames.TryParse(tree.Get<string>("launcher"), out var launcher))
        {
            return usual;
        }

        if (agent == Container && launcher != LauncherKind.Container)
        {
            problems.Add(tree["launcher"]!.Origin, $"{path}.launcher: the agent '{Container}' is the shell of a container; leave the launcher out.");
        }

        return launcher;
    }

    private string Agent(SettingNode.Branch tree, SettingOrigin origin, string name, string path, IReadOnlyList<string> command)
    {
        string? agent = tree.Get<string>("agent") ?? Told(tree, name, command);
        string allowed = string.Join(", ", _agents);
        if (agent is null)
        {
            problems.Add(origin, $"{path} says neither by agent nor by command_template what to run. Allowed as agent: {allowed}.");
        }
        else if (!_agents.Contains(agent) && agent is not DebugMonitor)
        {
            problems.NotAllowed(tree["agent"]?.Origin ?? origin, $"{path}.agent", $"'{agent}'", allowed);
        }
        else if (agent is AnyStreamJson or AnyCommand && command.Count == 0)
        {
            problems.Add(origin, $"{path}: the agent '{agent}' has no program of its own; command_template must name one.");
        }

        return agent ?? "";
    }

    /// <summary>The agent of an entry that does not name it: such entries say it by their command, or by what kind of worker they are.</summary>
    private string? Told(SettingNode.Branch tree, string name, IReadOnlyList<string> command)
    {
        const string Terminal = "terminal-";
        if (tree["runtime"] is not null)
        {
            return Container;
        }

        if (tree["implementation"] is not null)
        {
            return DebugMonitor;
        }

        if (command.Count > 0)
        {
            string program = Path.GetFileNameWithoutExtension(command[0]);
            return _agents.Contains(program) && program is not (AnyStreamJson or AnyCommand or Container) ? program
                : tree.Get<string>("progress_tracking") == "stream-json" ? AnyStreamJson
                : AnyCommand;
        }

        return _agents.FirstOrDefault(a => name == a || name == Terminal + a);
    }

    /// <summary>Of two servers with one name an agent takes one, and nobody can say which.</summary>
    private void CheckOwnServer(SettingNode.Branch tree, string path)
    {
        foreach (var (name, server) in tree.Under("mcp_servers")!.Children)
        {
            string? key = tree.Flag("questions") == true ? "questions: true" : tree.Get<string>("permission") == Permission.Ask.ToWire() ? "permission: ask" : null;
            if (key is not null && McpServerSpec.IsOfRun(name))
            {
                problems.Add(server.Origin, $"{path}.mcp_servers.{name}: with {key} its agents get an MCP server of that name, to ask through. Give this one another name.");
            }
        }
    }

    private McpServerSpec McpServer(SettingNode.Branch server, string path)
    {
        string name = server.Get<string>("name")!;
        if (server["command"] is null)
        {
            problems.Add(server.Origin, $"{path}.mcp_servers.{name} has no command.");
        }

        return new(
            name,
            server.Get<string>("command") ?? "",
            server.Get<IReadOnlyList<string>>("args") ?? [],
            Texts(server.Under("env"), $"{path}.mcp_servers.{name}.env"));
    }

    private Dictionary<string, string> Texts(SettingNode.Branch? map, string path)
    {
        Dictionary<string, string> texts = [];
        foreach (var (name, node) in map?.Children ?? [])
        {
            if (name == "MCPWORKERS_RUN")
            {
                problems.Add(node.Origin, $"{path}.{name} cannot be set: by it the processes of a run are found and ended.");
            }

            texts[name] = (string)((SettingNode.Value)node).Content;
        }

        return texts;
    }
}
