using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>What of a worktree is not committed: told, or made a commit of, without a change to the worktree or its index.</summary>
internal static class BroughtChanges
{
    /// <summary>
    /// Commits what differs from HEAD, untracked files with it, on top of a parent.
    /// </summary>
    /// <param name="parent">HEAD, or where that is not born an empty commit.</param>
    /// <param name="indexPath">Where the index is made; gone afterwards.</param>
    /// <returns>The parent where nothing differs; and nested repositories, which are not brought.</returns>
    /// <exception cref="GitException">It cannot be done.</exception>
    public static async Task<(string Commit, IReadOnlyList<string> LeftOut)> CommitAsync(
        GitRepository source, string parent, string indexPath, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        string own = Path.Combine(source.Place.GitDirectory, "index");
        try
        {
            if (File.Exists(own))
            {
                IndexCopy.Make(own, indexPath);
            }

            var apart = source.With(("GIT_INDEX_FILE", indexPath));
            // Not by 'add', which runs git in submodules with the configuration that stands there.
            var changed = await apart.RunAsync(["diff-files", "-z", "--name-status", "--no-renames", "--ignore-submodules=dirty"], cancellationToken);
            var fresh = await apart.RunAsync(["ls-files", "-z", "--others", "--exclude-standard"], cancellationToken);

            // A letter and a name in turns; of the fresh, a slash at the end says that it is a repository within.
            var letters = RawName.Fields(changed.Bytes).Chunk(2).ToLookup(pair => pair[0] == "D", pair => pair[1]);
            var there = letters[false].Concat(RawName.Fields(fresh.Bytes).Where(name => !name.EndsWith('/')));
            await apart.RunAsync(["update-index", "-z", "--force-remove", "--stdin"], RawName.Terminated(letters[true]), cancellationToken);
            await apart.RunAsync(["update-index", "-z", "--add", "--remove", "--replace", "--stdin"], RawName.Terminated(there), cancellationToken);
            string tree = (await apart.RunAsync(["write-tree"], cancellationToken)).Text;
            string[] leftOut = [.. fresh.Fields.Where(name => name.EndsWith('/'))];
            if (tree == (await source.RunAsync(["rev-parse", parent + "^{tree}"], cancellationToken)).Text)
            {
                return (parent, leftOut);
            }

            var able = await source.WithIdentityAsync(settings, cancellationToken);
            return ((await able.RunAsync(["commit-tree", "-p", parent, "-m", "What was not committed", tree], cancellationToken)).Text, leftOut);
        }
        finally
        {
            File.Delete(indexPath);
            File.Delete(indexPath + ".lock");
        }
    }

    /// <summary>What a user should know of changes that stay behind; null where there are none.</summary>
    public static async Task<string?> DescribeAsync(GitRepository source, CancellationToken cancellationToken)
    {
        // What is dirty within a submodule would be asked of a git that runs there with the configuration it finds.
        var said = await source.With(("GIT_OPTIONAL_LOCKS", "0")).RunAsync(
            ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty"], cancellationToken);
        int fresh = said.Fields.Count(entry => entry.StartsWith("??", StringComparison.Ordinal));
        int changed = said.Fields.Count - fresh;
        return said.Fields.Count == 0
            ? null
            : $"Not brought from '{source.Place.WorkTree}', since it is not committed: {changed} changed and {fresh} untracked. Commit it, or ask for the changes to be brought.";
    }
}
