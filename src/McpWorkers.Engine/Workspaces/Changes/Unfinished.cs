using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>What somebody began in a worktree and did not end, in which a commit of ours would be wrong. Files: gitrepository-layout(5).</summary>
internal static class Unfinished
{
    /// <returns>A sentence; null where nothing is in the way of a commit.</returns>
    public static async Task<string?> FindAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        if (Has(repository.Place, "rebase-merge") || Has(repository.Place, "rebase-apply"))
        {
            return "A rebase is not finished";
        }

        var unmerged = await repository.RunAsync(["ls-files", "--unmerged", "-z"], cancellationToken);
        return unmerged.Bytes.IsEmpty ? null : $"{Begun(repository.Place) ?? "A merge"} is not finished: files are in conflict";
    }

    /// <summary>What is under way, conflicts or not; null for nothing.</summary>
    public static string? Begun(RepositoryPlace place) =>
        Has(place, "rebase-merge") || Has(place, "rebase-apply") ? "A rebase"
        : Has(place, "MERGE_HEAD") ? "A merge"
        : Has(place, "CHERRY_PICK_HEAD") ? "A cherry-pick"
        : Has(place, "REVERT_HEAD") ? "A revert"
        : null;

    private static bool Has(RepositoryPlace place, string name) => Path.Exists(Path.Combine(place.GitDirectory, name));
}
