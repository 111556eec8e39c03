namespace McpWorkers.Engine.Model;

/// <summary>What kind of place a worker gets to write in. Independent of how its command is launched.</summary>
public enum WorkspaceKind
{
    /// <summary>The working directory itself.</summary>
    Directory,

    /// <summary>A git worktree of its own, on a branch of its own, of the repository that the working directory is in.</summary>
    Worktree,

    /// <summary>A shallow clone of its own.</summary>
    Clone,
}

/// <summary>The place that a worker is to get.</summary>
public sealed record WorkspaceSpec
{
    public static WorkspaceSpec InPlace { get; } = new();

    public WorkspaceKind Kind { get; init; } = WorkspaceKind.Directory;

    /// <summary>What is cloned: a URL, or the path of a repository. Only for a clone, and needed there.</summary>
    public string? Repository { get; init; }

    /// <summary>The branch of a clone; null for the repository's own default.</summary>
    public string? Branch { get; init; }

    /// <summary>A worktree starts from this commit, branch or tag; null for where the working directory's HEAD is.</summary>
    public string? From { get; init; }

    /// <summary>A worktree starts with what is not committed in the working directory's worktree.</summary>
    public bool BringChanges { get; init; }
}

/// <summary>The names of workspace kinds in settings, tools and commands.</summary>
public static class WorkspaceKindNames
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<WorkspaceKind>().Select(ToWire)];

    public static string ToWire(this WorkspaceKind kind) => kind switch
    {
        WorkspaceKind.Directory => "directory",
        WorkspaceKind.Worktree => "worktree",
        WorkspaceKind.Clone => "clone",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static bool TryParse(string text, out WorkspaceKind kind)
    {
        foreach (var each in Enum.GetValues<WorkspaceKind>())
        {
            if (each.ToWire() == text)
            {
                kind = each;
                return true;
            }
        }

        kind = default;
        return false;
    }
}
