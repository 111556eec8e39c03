namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>A snapshot of a workspace, taken before it was removed: its file <c>trash/ID.json</c> in the data directory.</summary>
public sealed record TrashEntry
{
    /// <summary>Such as <c>20261121-184500-term_0123456789ab</c>.</summary>
    public required string Id { get; init; }

    /// <summary>As it was.</summary>
    public required Workspace Workspace { get; init; }

    /// <summary>The repository that holds the snapshot: the worktree's own common directory, or the trash's bare one for clones.</summary>
    public required string Repository { get; init; }

    /// <summary>Such as <c>refs/mcpworkers/trash/ID</c>.</summary>
    public required string Ref { get; init; }

    public required string Commit { get; init; }

    public required DateTimeOffset Taken { get; init; }

    /// <summary>Why the workspace was removed.</summary>
    public required string Why { get; init; }

    public int Files { get; init; }

    public long Bytes { get; init; }

    /// <summary>What the snapshot does not hold: set-up outputs, what a setting leaves out, sockets.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
