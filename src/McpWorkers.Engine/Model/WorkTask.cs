namespace McpWorkers.Engine.Model;

/// <summary>
/// A task: work that is to be done once, by whichever worker is free for it, however often that has to be tried. It outlives clients, workers and hosts.
/// </summary>
public sealed record WorkTask
{
    /// <summary><c>task_</c> and 16 hexadecimal digits.</summary>
    public required string TaskId { get; init; }

    /// <summary>The caller's own name for it: adding it twice is adding it once. Null for none.</summary>
    public string? Key { get; init; }

    /// <summary>A role's name in the settings.</summary>
    public required string Role { get; init; }

    public required string Prompt { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>One of those that its role serves.</summary>
    public string Queue { get; init; } = TaskPriority.Normal.Queue();

    /// <summary>What the caller asked for beside that.</summary>
    public TaskSpec Spec { get; init; } = new();

    /// <summary>Ids of tasks that must be completed before.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>It is not begun before then; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The run from within which it was added: only that run sees it, and it ends with it.</summary>
    public string? ParentRun { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When the first attempt began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it was over.</summary>
    public DateTimeOffset? Finished { get; init; }

    public TaskState State { get; init; }

    /// <summary>Only while it is waiting or parked.</summary>
    public WaitReason? Reason { get; init; }

    /// <summary>One line for a person: why it failed, or what it waits for. May be empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>What was asked of the attempt that goes on.</summary>
    public StopWish Wish { get; init; }

    /// <summary>In order, those that were given back among them.</summary>
    public IReadOnlyList<TaskAttempt> Attempts { get; init; } = [];

    /// <summary>Attempts up to this number count no more: a person has asked for it to be tried again.</summary>
    public int AttemptsForgiven { get; init; }

    /// <summary>Its place in order of acceptance, given by the store from 1.</summary>
    public long Position { get; init; }

    /// <summary>Counts its changes: a change is taken only by who has seen the one before it.</summary>
    public long Revision { get; init; }

    /// <summary>The attempt that goes on, or the last one; null before the first.</summary>
    public TaskAttempt? LastAttempt => Attempts is [.., var last] ? last : null;

    /// <summary>Attempts that count against the role's limit.</summary>
    public int Tries => Attempts.Count(attempt => attempt.Number > AttemptsForgiven && attempt.Outcome != AttemptOutcome.HandedBack);

    /// <summary>The last attempt that counts; null where there is none.</summary>
    public TaskAttempt? LastTry => Attempts.LastOrDefault(attempt => attempt.Number > AttemptsForgiven && attempt.Outcome != AttemptOutcome.HandedBack);

    /// <summary>Attempts whose worker died.</summary>
    public int Deaths => Attempts.Count(attempt => attempt.Number > AttemptsForgiven && (attempt.Cause is AttemptCause.Crash or AttemptCause.Lost));
}

/// <summary>How a task's attempts are to be made, as far as its caller said; what is null is the role's choice.</summary>
public sealed record TaskSpec
{
    public string? WorkerType { get; init; }

    public string? Model { get; init; }

    public Permission? Permission { get; init; }

    /// <summary>Absolute.</summary>
    public string? WorkingDirectory { get; init; }

    public WorkspaceSpec? Workspace { get; init; }

    public LauncherKind? Launcher { get; init; }

    public string? Image { get; init; }

    /// <summary>Commands for the shell that must succeed after each attempt, on top of the role's and the type's own.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Files that it is about, relative to the working directory, with '/'. Named to the agent below the prompt.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Of an attempt, 30–3600 s; null for the type's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How far it may go alone: as it was asked for, else as its role or the host said when it was added.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>What all its attempts together may spend, besides its role's budget: the smaller amounts hold.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>Where it comes from, such as a schedule's name; null for a caller.</summary>
    public string? Source { get; init; }

    /// <summary>The name under which the environment of its attempts is kept; null for the host's own.</summary>
    public string? Environment { get; init; }
}

/// <summary>What somebody wants to become of a task whose attempt goes on, once that is stopped.</summary>
public enum StopWish
{
    None,
    Cancel,

    /// <summary>Back into the line: all work is to stop and nothing is to be lost.</summary>
    HandBack,
}
