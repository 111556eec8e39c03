namespace McpWorkers.Engine.Model;

/// <summary>A named entry of <c>ecosystem.yaml</c>: which agent a worker runs, and how.</summary>
public sealed record WorkerType
{
    /// <summary>Such as <c>terminal-claude</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The adapter: claude, qwen, gemini, codex, opencode, copilot, grok, stream-json, command, container, simulated.</summary>
    public required string Agent { get; init; }

    /// <summary>
    /// Words of the command: the executable, then flags. For the six known agents the flags are added to, or override, those
    /// that the adapter gives; for the generic ones they are the whole command. Empty: the adapter's own executable.
    /// </summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public Permission Permission { get; init; } = Permission.Edit;

    /// <summary>A permission that nobody decided in time is given.</summary>
    public bool AllowsUnattended { get; init; }

    /// <summary>Its agents get a server of the run's own, by which they ask and report.</summary>
    public bool Questions { get; init; }

    public string? Model { get; init; }

    /// <summary>Variables set for the agent, on top of what is inherited.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of variables that this type inherits although they are another agent's keys.</summary>
    public IReadOnlyList<string> PassEnvironment { get; init; } = [];

    /// <summary>The time-out of a run that names none.</summary>
    public TimeSpan? Timeout { get; init; }

    public RunBounds Bounds { get; init; } = RunBounds.Default;

    public IReadOnlyList<McpServerSpec> McpServers { get; init; } = [];

    /// <summary>How the prompt reaches a generic command: standard input, or the last argument.</summary>
    public PromptBy PromptBy { get; init; } = PromptBy.Stdin;

    /// <summary>Where its workers work, unless the call says otherwise.</summary>
    public WorkspaceKind Workspace { get; init; } = WorkspaceKind.Directory;

    /// <summary>What makes a fresh workspace ready; null for what the repository's own file says.</summary>
    public SetupSpec? Setup { get; init; }

    /// <summary>Commands for the shell that must succeed after each run for it to be completed.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Variables that give each worker a port of its own; each name ends in PORT.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>How its commands are started, unless the call says otherwise.</summary>
    public LauncherKind Launcher { get; init; } = LauncherKind.Process;

    public ContainerSettings Container { get; init; } = ContainerSettings.Default;

    /// <summary>How many tasks its workers do at once, 1–100; null for as many as there is room for.</summary>
    public int? TasksMax { get; init; }

    /// <summary>The pool with whose other types it shares a limit; null for none.</summary>
    public string? Pool { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>Whether its agents may use this host from within their runs: spawn workers of their own, which end with the run.</summary>
    public bool MayDelegate { get; init; }

    /// <summary>What one run of it may spend.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>What its runs with the same credential may spend together on one day.</summary>
    public Budget PoolBudget { get; init; } = Budget.None;

    public string Description { get; init; } = "";
}

public enum PromptBy
{
    Stdin,
    Argument,
}
