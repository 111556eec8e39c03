namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The directories <c>worktrees/NAME</c> of a repository. Layout: gitrepository-layout(5).</summary>
internal static class WorktreeEntries
{
    /// <summary>All of a repository: the directory of each, and where its worktree is said to be.</summary>
    public static IEnumerable<(string Entry, string Root)> All(string commonDirectory)
    {
        string all = Path.Combine(commonDirectory, "worktrees");
        if (!Directory.Exists(all))
        {
            yield break;
        }

        foreach (string entry in Directory.EnumerateDirectories(all))
        {
            if (RootOf(entry) is { } root)
            {
                yield return (entry, root);
            }
        }
    }

    /// <summary>
    /// Whether a workspace's git directory is there and is the workspace's own. It is also where its worktree is said to be beside the root:
    /// there git made it first.
    /// </summary>
    public static bool IsOf(Workspace workspace) =>
        Path.GetDirectoryName(workspace.GitDirectory) == Path.Combine(workspace.CommonDirectory, "worktrees")
        && Directory.Exists(workspace.GitDirectory)
        && (RootOf(workspace.GitDirectory) is not { } root || LinkedPath.IsWithin(LinkedPath.Resolve(root), LinkedPath.Resolve(Path.GetDirectoryName(workspace.Root)!)));

    /// <summary>Whether git takes it for a worktree: one whose making was cut off may lack anything.</summary>
    public static bool IsUsable(Workspace workspace) => IsOf(workspace)
        && TextOf(Path.Combine(workspace.GitDirectory, "HEAD")) is { Length: > 0 } && TextOf(Path.Combine(workspace.GitDirectory, "commondir")) is { Length: > 0 };

    /// <summary>The entries of worktrees that are within a workspace, without its own.</summary>
    public static IEnumerable<string> Within(Workspace workspace) => All(workspace.CommonDirectory)
        .Where(each => each.Entry != workspace.GitDirectory && each.Root != workspace.Root && LinkedPath.IsWithin(each.Root, workspace.Root))
        .Select(each => each.Entry);

    public static bool IsCheckedOut(string commonDirectory, string branch) =>
        All(commonDirectory).Select(each => each.Entry).Append(commonDirectory)
            .Any(each => TextOf(Path.Combine(each, "HEAD")) == "ref: " + branch);

    /// <summary>Null where the entry does not say it.</summary>
    private static string? RootOf(string entry) => TextOf(Path.Combine(entry, "gitdir")) is { Length: > 0 } pointer
        ? Path.GetDirectoryName(Path.GetFullPath(pointer, entry))
        : null;

    private static string? TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
