using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Finds what in a worktree would be in the way of its going from one commit to another.</summary>
internal static class Obstacles
{
    /// <summary>
    /// Files that are changed but not committed, staged or untracked where the other commit has something else. Ignored files count too: git
    /// itself would write over them without a word.
    /// </summary>
    /// <param name="from">A commit or tree.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(GitRepository checkout, string from, string to, CancellationToken cancellationToken)
    {
        var changed = await ChangedAsync(checkout, from, to, cancellationToken);
        var status = await checkout.With(("GIT_OPTIONAL_LOCKS", "0")).RunAsync(
            ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"], cancellationToken);
        var dirty = RawName.Fields(status.Bytes).Select(entry => entry[3..].TrimEnd('/')).ToHashSet();
        var tracked = RawName.Fields((await checkout.RunAsync(["ls-files", "-z"], cancellationToken)).Bytes).ToHashSet();
        var above = changed.Keys.SelectMany(Above).ToHashSet();
        var found = new SortedSet<string>(
            dirty.Where(path => changed.ContainsKey(path) || above.Contains(path) || Above(path).Any(changed.ContainsKey)), StringComparer.Ordinal);
        foreach (string path in changed.Where(each => each.Value).Select(each => each.Key))
        {
            found.UnionWith(Occupying(checkout.Place.WorkTree!, path, tracked));
        }

        return [.. found.Select(path => new GitPath(path).Text)];
    }

    /// <returns>Raw paths, and whether each is new.</returns>
    public static async Task<IReadOnlyDictionary<string, bool>> ChangedAsync(GitRepository repository, string from, string to, CancellationToken cancellationToken)
    {
        var said = await repository.RunAsync(["diff-tree", "-r", "--raw", "-z", "--no-renames", from, to], cancellationToken);
        string[] fields = [.. RawName.Fields(said.Bytes)];
        return fields.Chunk(2).ToDictionary(pair => pair[1], pair => pair[0].EndsWith('A'));
    }

    /// <summary>The directories above a path.</summary>
    private static IEnumerable<string> Above(string path)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    /// <summary>What is on disk where a new file is to be, and is not git's.</summary>
    private static IEnumerable<string> Occupying(string root, string path, HashSet<string> tracked)
    {
        foreach (string above in Above(path))
        {
            string full = Path.Combine(root, new GitPath(above).Text);
            if (new FileInfo(full).LinkTarget is not null || File.Exists(full))
            {
                // A file or link where a directory is to be.
                return tracked.Contains(above) ? [] : [above];
            }
        }

        string at = Path.Combine(root, new GitPath(path).Text);
        return new FileInfo(at).LinkTarget is not null || File.Exists(at) ? tracked.Contains(path) ? [] : [path]
            : Directory.Exists(at) ? Below(root, at).Where(inner => !tracked.Contains(inner))
            : [];
    }

    private static IEnumerable<string> Below(string root, string directory) =>
        new DirectoryInfo(directory)
            .EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(each => each is FileInfo || each.LinkTarget is not null)
            .Select(each => RawName.FromText(Path.GetRelativePath(root, each.FullName)));
}
