using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>From what a worktree is made.</summary>
/// <param name="Commit">What is asked for; null where HEAD stands on a branch that has no commit yet.</param>
/// <param name="Branch">The branch that HEAD stands on; null where it is detached.</param>
internal sealed record WorktreeSource(GitRepository Repository, string? Commit, string? Branch)
{
    /// <summary>The worktree, or where there is none the repository itself.</summary>
    public string Path => Repository.Place.WorkTree ?? Repository.Place.GitDirectory;

    /// <summary>
    /// Whether there are files that could differ from HEAD. A directory with a <c>.git</c> file beside a bare repository looks like a
    /// worktree, but has no index.
    /// </summary>
    public bool HasFiles => Repository.Place.WorkTree is not null && (Commit is null || File.Exists(System.IO.Path.Combine(Repository.Place.GitDirectory, "index")));

    /// <exception cref="RefusedException">There is no repository, or nothing by the name.</exception>
    /// <exception cref="GitException">The repository cannot be read.</exception>
    public static async Task<WorktreeSource> ReadAsync(GitTool git, WorkspaceOrder order, CancellationToken cancellationToken)
    {
        var repository = git.Open(RepositoryPlace.At(order.Directory), order.Environment);
        var branch = repository.BranchAsync(cancellationToken);
        string? commit = await repository.ResolveAsync(NameOf(order), cancellationToken);
        return commit is null && (order.Spec.From is not null || await branch is null)
            ? throw new RefusedException(RefusalCode.InvalidArgument, $"'{order.Spec.From ?? "HEAD"}' is no commit, branch or tag of the repository at '{order.Directory}'. See 'git branch --all' and 'git tag'.")
            : new(repository, commit, await branch);
    }

    private static string NameOf(WorkspaceOrder order)
    {
        string name = order.Spec.From ?? "HEAD";
        if (name.Length == 0 || name[0] == '-' || name.Any(char.IsControl))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "'from' names a commit, branch or tag: it is not empty, begins with no '-' and has no control characters.");
        }

        return order.Spec is { From: not null, BringChanges: true }
            ? throw new RefusedException(RefusalCode.InvalidArgument, "Changes that are not committed are brought onto HEAD: leave out 'from', or do not ask for the changes.")
            : name;
    }
}
