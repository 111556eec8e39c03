using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>Where the inner repository of a worktree is, and what the host keeps about it; all of it beside the worktree.</summary>
/// <param name="Beside">The directory that holds the worktree; nothing in a container can write there but into <see cref="Repository"/>.</param>
internal sealed record InnerPlace(string Beside)
{
    /// <summary>What all names here begin with, so that no worktree is called so.</summary>
    public const string Prefix = "inner.git";

    private const string AsideSuffix = ".aside-";
    private const int AsideLength = 8;

    private static readonly (string Name, string Meaning)[] Begun =
    [
        ("rebase-merge", "A rebase"), ("rebase-apply", "A rebase"), ("MERGE_HEAD", "A merge"), ("CHERRY_PICK_HEAD", "A cherry-pick"), ("REVERT_HEAD", "A revert"),
    ];

    public static InnerPlace Of(Workspace workspace) => new(Path.GetDirectoryName(workspace.Root)!);

    /// <summary>The repository itself. The agent may write anything there: the host reads it as data, and git never runs over it.</summary>
    public string Repository => Path.Combine(Beside, Prefix);

    /// <summary>What is shown in place of the worktree's <c>.git</c>.</summary>
    public string Pointer => Repository + ".pointer";

    /// <summary>What the repository was set to, and what of it has been brought.</summary>
    public string State => Repository + ".state";

    /// <summary>The commits that the agent was given by name: what it need not give back.</summary>
    public string Given => Repository + ".given";

    /// <summary>A repository of the host's own that is filled with what is to be brought; only while it is being brought.</summary>
    public string Taken => Repository + ".taken";

    public bool Exists => Directory.Exists(Repository);

    /// <summary>What the agent began and did not end, such as "A rebase"; null for nothing. Files: gitrepository-layout(5).</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? Unfinished()
    {
        if (!Exists)
        {
            return null;
        }

        using var inner = OpenDirectory.Open(Repository);
        return Begun.FirstOrDefault(each => inner.Look(each.Name) is not null).Meaning;
    }

    /// <summary>Puts the repository away, so that a fresh one can be made: what is in it could not be brought, and may be somebody's work.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public void PutAside()
    {
        Directory.Move(Repository, $"{Repository}{AsideSuffix}{Guid.NewGuid().ToString("N")[..AsideLength]}");
        File.Delete(State);
    }

    /// <summary>The repositories that were put away.</summary>
    public IReadOnlyList<string> SetAside() => Entries().Where(IsAside).ToList();

    /// <summary>Deletes all of it but what was put away.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public void Delete()
    {
        foreach (string path in Entries().Where(path => !IsAside(path)).ToList())
        {
            TreeRemoval.Delete(path);
        }
    }

    private static bool IsAside(string path) => Path.GetFileName(path).StartsWith(Prefix + AsideSuffix, StringComparison.Ordinal);

    private IEnumerable<string> Entries() => Directory.Exists(Beside) ? Directory.EnumerateFileSystemEntries(Beside, Prefix + "*") : [];
}
