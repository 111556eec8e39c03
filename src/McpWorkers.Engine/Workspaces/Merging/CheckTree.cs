using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>A worktree for checks: at a commit, on no branch, in the directory of its merge, known to git as locked while it is there.</summary>
internal sealed class CheckTree
{
    private const string NamePrefix = "mcpworkers-merge-";

    private CheckTree(RepositoryPlace place) => Place = place;

    public RepositoryPlace Place { get; }

    /// <summary>Its top; absolute, links resolved.</summary>
    public string Root => Place.WorkTree!;

    /// <summary>
    /// Made by hand and not by <c>git worktree add</c>: what that prepares is read from the repository's configuration, and it would note our
    /// common directory in place of the real one. Files: gitrepository-layout(5).
    /// </summary>
    /// <exception cref="GitException">The files could not be written.</exception>
    public static async Task<CheckTree> MakeAsync(
        GitTool git, string commonDirectory, MergeFolder folder, string mergeId, string commit, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        Remove(commonDirectory, folder, mergeId);
        string root = LinkedPath.Resolve(RootOf(folder, mergeId));
        string known = KnownAt(commonDirectory, mergeId);
        Directory.CreateDirectory(root);
        await File.WriteAllTextAsync(Path.Combine(root, ".git"), $"gitdir: {known}\n", cancellationToken);
        Directory.CreateDirectory(known);
        await File.WriteAllTextAsync(Path.Combine(known, "locked"), "checks of a merge\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(known, "gitdir"), Path.Combine(root, ".git") + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(known, "commondir"), "../..\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(known, "HEAD"), commit + "\n", cancellationToken);

        // Seen from the main git directory, of which git has a common directory of ours already; whole, also where the main worktree is sparse.
        await git.Open(new(commonDirectory, commonDirectory, root), environment)
            .With(
                ("GIT_INDEX_FILE", Path.Combine(known, "index")), ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.sparseCheckout"), ("GIT_CONFIG_VALUE_0", "false"))
            .RunAsync(["read-tree", "--reset", "-u", "--no-recurse-submodules", commit], cancellationToken);
        return new(RepositoryPlace.OfWorktree(known, commonDirectory, root));
    }

    /// <summary>Removes it where it is there, as a whole or in part: nothing in it is anybody's work.</summary>
    public static void Remove(string commonDirectory, MergeFolder folder, string mergeId)
    {
        if (Directory.Exists(RootOf(folder, mergeId)))
        {
            WritableTree.Delete(RootOf(folder, mergeId));
        }

        if (Directory.Exists(KnownAt(commonDirectory, mergeId)))
        {
            Directory.Delete(KnownAt(commonDirectory, mergeId), recursive: true);
        }
    }

    private static string RootOf(MergeFolder folder, string mergeId) => Path.Combine(folder.PathOf(mergeId), "tree");

    private static string KnownAt(string commonDirectory, string mergeId) => Path.Combine(commonDirectory, "worktrees", NamePrefix + mergeId);
}
