namespace McpWorkers.Engine.Model;

/// <summary>The effective settings of a host, checked and in range.</summary>
public sealed record HostSettings
{
    public bool WorkersEnabled { get; init; } = true;

    /// <summary>How many runs go on at once, 1–100.</summary>
    public int MaxConcurrentWorkers { get; init; } = 10;

    /// <summary>How many workers may exist at once.</summary>
    public int MaxWorkers { get; init; } = 200;

    /// <summary>A worker type's name, or <c>auto</c>: the first installed one of <see cref="AutoTypes"/>.</summary>
    public string DefaultType { get; init; } = "auto";

    public IReadOnlyList<string> AutoTypes { get; init; } = [];

    /// <summary>The time-out of a run where neither the call nor its type names one, 30–3600 s.</summary>
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Absolute; made with mode 0700.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>A prompt's length in UTF-8, in bytes.</summary>
    public int PromptBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>How much of an output a tool's result carries whole, in characters; the rest is read by cursor.</summary>
    public int OutputInlineMax { get; init; } = 64 * 1024;

    /// <summary>Bounds of a run where its type sets none. The wall clock is the run's time-out.</summary>
    public RunBounds Bounds { get; init; } = RunBounds.Default;

    /// <summary>A worker at which nothing happened for so long is closed.</summary>
    public TimeSpan WorkerIdle { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A daemon with nothing to do ends itself after so long; null: never.</summary>
    public TimeSpan? DaemonIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Absolute; where the workers of clients work that have no directory of their own. Null: the home directory.</summary>
    public string? DefaultWorkingDirectory { get; init; }

    /// <summary>How much the daemon's log holds: one of <see cref="LogLevelNames"/>.</summary>
    public string LogLevel { get; init; } = LogLevelNames.Usual;

    public RetentionSettings Retention { get; init; } = new();

    public WorkspaceSettings Workspaces { get; init; } = new();

    /// <summary>The tool sets that MCP clients get which name none: workers, workspaces.</summary>
    public IReadOnlyList<string> ToolSets { get; init; } = ["workers"];

    /// <summary>What a run may use where its type says nothing.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    public ContainerHostSettings Containers { get; init; } = new();

    public HttpSettings Http { get; init; } = new();

    /// <summary>Names of inherited variables that no agent gets; a trailing '*' stands for any ending.</summary>
    public IReadOnlyList<string> EnvironmentDeny { get; init; } = [];

    /// <summary>Results are also told to a Session-Buddy server.</summary>
    public bool SessionBuddyIntegration { get; init; }

    /// <summary>By name, in the order of the files.</summary>
    public IReadOnlyList<WorkerType> WorkerTypes { get; init; } = [];

    /// <summary>How many tasks the workers of all types of a pool do at once, by the pool's name.</summary>
    public IReadOnlyDictionary<string, int> Pools { get; init; } = new Dictionary<string, int>();

    /// <summary>By name, in the order of the files.</summary>
    public IReadOnlyList<RoleSettings> Roles { get; init; } = [];

    public RequestSettings Requests { get; init; } = new();

    public TaskSettings Tasks { get; init; } = new();

    public QuotaSettings Quota { get; init; } = new();

    public BudgetSettings Budgets { get; init; } = new();

    /// <summary>Things to tell the user at start, such as a value that was clamped.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
