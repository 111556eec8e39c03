using System.Text.Json.Serialization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces;

/// <summary>
/// A worker's place to write, as its file <c>workspace.json</c> records it: it is written before the place is made, and removed after the
/// place is, so that whatever happens in between somebody knows of it.
/// </summary>
public sealed record Workspace
{
    public const int FormatVersion = 1;

    public int Format { get; init; } = FormatVersion;

    /// <summary>The worker's id; it stays the workspace's own when the worker is closed.</summary>
    public required string Id { get; init; }

    public required WorkspaceKind Kind { get; init; }

    public required WorkspaceState State { get; init; }

    /// <summary>The top of the worktree or clone; absolute, links resolved.</summary>
    public required string Root { get; init; }

    /// <summary>Where the agent works: the root, or the same directory below it from which the worker was asked for.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The worktree's private git directory, or the clone's <c>.git</c>; absolute.</summary>
    public required string GitDirectory { get; init; }

    /// <summary>What the repository's worktrees share; a clone's own <c>.git</c>.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>The worktree (or bare repository) from which it was made; for a clone the URL.</summary>
    public required string Source { get; init; }

    /// <summary>Such as <c>refs/heads/mcpworkers/term_0123456789ab</c>.</summary>
    public required string Branch { get; init; }

    /// <summary>The commit from which it started; null until it is made.</summary>
    public string? Base { get; init; }

    /// <summary>Where its changes are meant to go: the branch that the source was on; null where that was detached.</summary>
    public string? Target { get; init; }

    /// <summary>The owner's part of the run markers of the host that made it.</summary>
    public required string OwnerMark { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>By the variable that tells the worker.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether the set-up is done, or there was none to do.</summary>
    public bool IsSetUp { get; init; }

    /// <summary>The set-up that was done; null for none.</summary>
    public SetupSpec? Setup { get; init; }

    /// <summary>Commands for the shell that its worker's runs, and merges of it, must pass.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Where its commands run, checks of merges too; null for processes of this machine.</summary>
    public WorkspaceContainer? Container { get; init; }

    /// <summary>Relative to the root: made by the set-up, so in no snapshot.</summary>
    public IReadOnlyList<string> SetupOutputs { get; init; } = [];

    /// <summary>Relative to the root: brought from the source by <c>.worktreeinclude</c>.</summary>
    public IReadOnlyList<string> Included { get; init; } = [];

    /// <summary>The last head that was merged into the target.</summary>
    public string? MergedHead { get; init; }

    /// <summary>What a user should know of how it was made, such as submodules that are not there.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    [JsonIgnore]
    internal RepositoryPlace Place => RepositoryPlace.OfWorktree(GitDirectory, CommonDirectory, Root) with
    {
        // A worktree's is never to be had in a container.
        IsUnlinked = Kind == WorkspaceKind.Clone && Container is not null,
    };

    /// <summary>Without <c>refs/heads/</c>.</summary>
    [JsonIgnore]
    public string BranchName => Branch["refs/heads/".Length..];
}

public enum WorkspaceState
{
    /// <summary>It is being made: after a crash, what is there of it is removed as if it were ready.</summary>
    Creating,

    Ready,

    /// <summary>Its snapshot is taken, and it is being removed: after a crash, the removal is gone on with.</summary>
    Removing,
}
