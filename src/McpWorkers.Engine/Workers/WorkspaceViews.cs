using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>A workspace as it is shown.</summary>
public sealed record WorkspaceView
{
    /// <summary>The worker's id, also once the worker is closed.</summary>
    public required string Id { get; init; }

    public required WorkspaceKind Kind { get; init; }

    /// <summary>Where the agent works or worked.</summary>
    public required string Path { get; init; }

    /// <summary>The repository's worktree it was made from, or the URL.</summary>
    public required string Source { get; init; }

    /// <summary>Without <c>refs/heads/</c>.</summary>
    public required string Branch { get; init; }

    public string? Target { get; init; }

    /// <summary>Whether its worker is still there.</summary>
    public required bool HasWorker { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The head that was merged last; null where it never was.</summary>
    public string? MergedHead { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>How to merge.</summary>
public sealed record MergeOptions
{
    /// <summary>A branch's name; null for the one that the workspace was made from.</summary>
    public string? Into { get; init; }

    /// <summary>One commit instead of the worker's commits and a merge.</summary>
    public bool Squash { get; init; }

    /// <summary>Commands for the shell that must succeed on the result before the target moves, on top of the worker type's own.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];
}

/// <summary>One file of a snapshot.</summary>
/// <param name="Path">As it was, relative to the workspace's root.</param>
/// <param name="State">tracked, changed, untracked, ignored, git (the workspace's own git files, a nested repository's).</param>
public sealed record TrashFile(string Path, string State, long Bytes);

/// <summary>What pruning came to.</summary>
/// <param name="Removed">Ids whose places are gone: nothing was lost with them.</param>
/// <param name="Kept">Ids that stay, and why.</param>
public sealed record PruneResult(IReadOnlyList<string> Removed, IReadOnlyDictionary<string, string> Kept);
