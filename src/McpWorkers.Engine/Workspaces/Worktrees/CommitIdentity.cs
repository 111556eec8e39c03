using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>Who commits: the user's own identity, or where his git knows none the configured one.</summary>
internal static class CommitIdentity
{
    /// <returns>The repository, able to commit.</returns>
    public static async Task<GitRepository> OfAsync(GitRepository repository, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        // Without the option git makes a name up from the machine's.
        foreach (string ident in new[] { "GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT" })
        {
            if (!(await repository.TryAsync(["-c", "user.useConfigOnly=true", "var", ident], cancellationToken)).Succeeded)
            {
                return repository.With(
                    ("GIT_AUTHOR_NAME", settings.CommitterName),
                    ("GIT_AUTHOR_EMAIL", settings.CommitterEmail),
                    ("GIT_COMMITTER_NAME", settings.CommitterName),
                    ("GIT_COMMITTER_EMAIL", settings.CommitterEmail));
            }
        }

        return repository;
    }

    /// <summary>A commit of nothing and with nothing before it: where a branch can start in a repository that has none yet.</summary>
    public static async Task<string> CommitNothingAsync(GitRepository repository, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        string tree = (await repository.RunAsync(["mktree"], cancellationToken)).Text;
        var able = await OfAsync(repository, settings, cancellationToken);
        return (await able.RunAsync(["commit-tree", "-m", "Start of a repository without commits", tree], cancellationToken)).Text;
    }
}
