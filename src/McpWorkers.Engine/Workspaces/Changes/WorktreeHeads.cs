using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>On which branches the worktrees of a repository are, as their files say it (gitrepository-layout(5)).</summary>
internal static class WorktreeHeads
{
    private const string Symbolic = "ref: ";

    /// <summary>The branch that the HEAD of a git directory is on, such as <c>refs/heads/main</c>; null where it is on none.</summary>
    public static string? Of(string gitDirectory)
    {
        string head = Path.Combine(gitDirectory, "HEAD");
        return new FileInfo(head).LinkTarget is { } target ? target
            : Line(head) is { } line && line.StartsWith(Symbolic, StringComparison.Ordinal) ? line[Symbolic.Length..].Trim()
            : null;
    }

    /// <summary>The git directories of the linked worktrees.</summary>
    public static IReadOnlyList<string> Linked(string commonDirectory)
    {
        string linked = Path.Combine(commonDirectory, "worktrees");
        return Directory.Exists(linked) ? Directory.GetDirectories(linked) : [];
    }

    /// <summary>Whether a worktree other than this one is on the branch.</summary>
    public static bool IsElsewhere(RepositoryPlace place, string branch) =>
        Linked(place.CommonDirectory).Append(place.CommonDirectory).Any(directory => Of(directory) == branch && LinkedPath.Resolve(directory) != LinkedPath.Resolve(place.GitDirectory));

    /// <summary>The line that a small file is; null where it cannot be read.</summary>
    public static string? Line(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n', '\r');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
