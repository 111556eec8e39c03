using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>A commit of nothing and with nothing before it: where a branch can start in a repository that has none yet.</summary>
internal static class EmptyCommit
{
    /// <exception cref="GitException">It could not be written.</exception>
    public static async Task<string> MakeAsync(GitRepository repository, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        string tree = (await repository.RunAsync(["mktree"], cancellationToken)).Text;
        var able = await repository.WithIdentityAsync(settings, cancellationToken);
        return (await able.RunAsync(["commit-tree", "-m", "Start of a repository without commits", tree], cancellationToken)).Text;
    }
}
