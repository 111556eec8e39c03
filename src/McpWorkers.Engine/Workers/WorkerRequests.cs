using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>What to spawn.</summary>
public sealed record SpawnRequest
{
    /// <summary>A worker type's name; null for the default type.</summary>
    public string? WorkerType { get; init; }

    /// <summary>1–50.</summary>
    public int Count { get; init; } = 1;

    public string? Model { get; init; }

    public Permission? Permission { get; init; }

    /// <summary>How far their runs may go alone; null for what the host says.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>Where the agents work; absolute, must exist. Null for the host's current directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The place that each gets; null for the type's own kind.</summary>
    public WorkspaceSpec? Workspace { get; init; }

    /// <summary>How their commands are started; null for the type's own way.</summary>
    public LauncherKind? Launcher { get; init; }

    /// <summary>The image of their containers; null for the type's own.</summary>
    public string? Image { get; init; }

    /// <summary>Commands for the shell that must succeed after each run, on top of the type's own.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>What each run may spend, besides the type's own budget: the smaller amounts hold.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>The environment that the agents inherit from; null for the host's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>How to run a prompt.</summary>
public sealed record ExecuteOptions
{
    /// <summary>30–3600 s; zero for the type's default.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>What the run may spend, besides the budgets of its worker and its type: the smaller amounts hold.</summary>
    public Budget Budget { get; init; } = Budget.None;

    public static ExecuteOptions Default { get; } = new();
}
