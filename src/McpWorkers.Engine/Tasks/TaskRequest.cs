using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>A task to be added.</summary>
public sealed record TaskRequest
{
    /// <summary>A role's name in the settings; null for the setting <c>tasks.default_role</c>.</summary>
    public string? Role { get; init; }

    public required string Prompt { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>One of those that the role serves; null for the priority's own, or else the role's first.</summary>
    public string? Queue { get; init; }

    /// <summary>1–200 characters: a task with this key that is there already is not added again.</summary>
    public string? Key { get; init; }

    /// <summary>Ids or keys of tasks that must be completed first; keys also of tasks that are added in the same call.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Not before then; null for at once.</summary>
    public DateTimeOffset? At { get; init; }

    public string? WorkerType { get; init; }

    public string? Model { get; init; }

    public Permission? Permission { get; init; }

    /// <summary>Where the agents work; absolute, must exist. Null for the caller's own.</summary>
    public string? WorkingDirectory { get; init; }

    public WorkspaceSpec? Workspace { get; init; }

    public LauncherKind? Launcher { get; init; }

    public string? Image { get; init; }

    /// <summary>Commands for the shell that must succeed after each attempt, on top of the role's own.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Files that it is about, relative to the working directory, with '/'. Named to the agent below the prompt.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Of an attempt, 30–3600 s; null for the type's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How far it may go alone; null for what its role or the host says. A caller may ask for less than that, never for more.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>What all its attempts together may spend, besides its role's budget: the smaller amounts hold.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>Where it comes from, such as a schedule's name; null for a caller.</summary>
    public string? Source { get; init; }

    /// <summary>The name under which the environment of its attempts is kept already; null for the caller's own.</summary>
    internal string? Environment { get; init; }
}

/// <summary>What is to be changed of a task that is waiting or parked; what is null stays.</summary>
public sealed record TaskEdit
{
    public string? Prompt { get; init; }

    public TaskPriority? Priority { get; init; }

    /// <summary>A time in the past stands for at once.</summary>
    public DateTimeOffset? At { get; init; }

    public string? WorkerType { get; init; }

    public string? Model { get; init; }

    public TimeSpan? Timeout { get; init; }

    public IReadOnlyList<string>? Verify { get; init; }
}
