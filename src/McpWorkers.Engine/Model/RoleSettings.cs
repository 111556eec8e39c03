namespace McpWorkers.Engine.Model;

/// <summary>How the tasks of one role are done: a named entry of <c>ecosystem.yaml</c>.</summary>
public sealed record RoleSettings
{
    public required string Name { get; init; }

    /// <summary>One line for people and models that choose a role.</summary>
    public string Description { get; init; } = "";

    /// <summary>Free words.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What stands before the prompt of each of its tasks; empty for nothing.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>What it is good at, in words: told to its agent, and to those who choose.</summary>
    public IReadOnlyList<string> Specializations { get; init; } = [];

    /// <summary>The tools that its agent should keep to, by the agent's own names; empty for all that its permission allows.</summary>
    public IReadOnlyList<string> AllowedTools { get; init; } = [];

    /// <summary>What its agent may do; null for what the worker type says.</summary>
    public Permission? Permission { get; init; }

    /// <summary>How far its tasks may go alone; null for what the host says.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>How many of its tasks run at once, 1–100.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>The queues that it serves, at least one; it takes no task from another.</summary>
    public IReadOnlyList<string> Queues { get; init; } = TaskQueueNames.All;

    /// <summary>Worker types in the order of preference: the first that is installed does it. Empty for the host's default type.</summary>
    public IReadOnlyList<string> WorkerTypes { get; init; } = [];

    /// <summary>Where its tasks are done; null for what the worker type says.</summary>
    public WorkspaceKind? Workspace { get; init; }

    /// <summary>Commands for the shell that must succeed after each attempt, on top of those of the type and the task.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>The time-out of one attempt, 30–3600 s; null for what the worker type says.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What one of its tasks may spend, with all its attempts.</summary>
    public Budget Budget { get; init; } = Budget.None;

    public RoleRetry Retry { get; init; } = new();

    /// <summary>How many tasks, one after the other, are done in one prepared workspace or container, 1–1000. Each has a session of its own in any case.</summary>
    public int TasksPerWorker { get; init; } = 1;

    /// <summary>Where a task of this role waits.</summary>
    /// <param name="usual">The queue that was asked for, or the one of the task's priority.</param>
    /// <returns>That queue where the role serves it; else the first that it serves.</returns>
    public string QueueFor(string usual) => Queues.Contains(usual) ? usual : Queues[0];
}

/// <summary>Whether and where a failed attempt is followed by another.</summary>
public sealed record RoleRetry
{
    /// <summary>Attempts of one task in all, 1–20.</summary>
    public int MaxAttempts { get; init; } = 3;

    public RetryWorkspace Workspace { get; init; } = RetryWorkspace.Fresh;

    /// <summary>Whether another attempt follows one of which nobody knows how it ended, since the machine or the host went down.</summary>
    public bool AfterLoss { get; init; } = true;
}

/// <summary>Where another attempt is made.</summary>
public enum RetryWorkspace
{
    /// <summary>As if nothing had been tried.</summary>
    Fresh,

    /// <summary>Where the failed attempt left off.</summary>
    Same,
}
