using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>In whose name the host commits: the user's, as his git knows it, else the configured one.</summary>
internal static class CommitIdentity
{
    /// <summary>The repository with an author and a committer.</summary>
    public static async Task<GitRepository> WithIdentityAsync(this GitRepository repository, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        foreach (string role in (string[])["AUTHOR", "COMMITTER"])
        {
            // Without this, git makes a name up from the machine's.
            var said = await repository.TryAsync(["-c", "user.useConfigOnly=true", "var", $"GIT_{role}_IDENT"], cancellationToken);
            if (!said.Succeeded)
            {
                repository = repository.With(($"GIT_{role}_NAME", settings.CommitterName), ($"GIT_{role}_EMAIL", settings.CommitterEmail));
            }
        }

        return repository;
    }
}
