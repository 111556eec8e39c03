namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The file <c>manifest.json</c> in a snapshot's tree: what a tree of git cannot hold. Paths are those of the tree, as text (<see cref="SnapshotName"/>).</summary>
internal sealed record SnapshotManifest
{
    public const string Name = "manifest.json";
    public const int FormatVersion = 1;

    public int Format { get; init; } = FormatVersion;

    public required Workspace Workspace { get; init; }

    /// <summary>Where each directory or file at the top of the tree was, absolute.</summary>
    public required IReadOnlyDictionary<string, string> Roots { get; init; }

    /// <summary>The commit that the workspace's HEAD stood for; null where there was none.</summary>
    public string? Head { get; init; }

    /// <summary>Where the workspace's branch stood; null where it was not there, or is among the files (a clone's).</summary>
    public string? BranchHead { get; init; }

    public int Files { get; init; }

    public long Bytes { get; init; }

    /// <summary>Permission bits of files that are neither 644 nor 755, and of directories that are not 755, in octal.</summary>
    public IReadOnlyDictionary<string, string> Modes { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> EmptyDirectories { get; init; } = [];

    /// <summary>Files that are not simply tracked: changed, untracked, ignored.</summary>
    public IReadOnlyDictionary<string, string> States { get; init; } = new Dictionary<string, string>();

    /// <summary>By path: why it is not here.</summary>
    public IReadOnlyDictionary<string, string> LeftOut { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> NestedRepositories { get; init; } = [];
}
