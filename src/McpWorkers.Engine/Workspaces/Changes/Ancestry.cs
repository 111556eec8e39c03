using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

internal static class Ancestry
{
    /// <summary>Whether a commit is an ancestor of another one, or the same.</summary>
    /// <exception cref="GitException">One of them is not there.</exception>
    public static async Task<bool> IsWithinAsync(this GitRepository repository, string commit, string of, CancellationToken cancellationToken)
    {
        var said = await repository.TryAsync(["merge-base", "--is-ancestor", commit, of], cancellationToken);
        return said.ExitCode switch
        {
            0 => true,
            1 => false,
            _ => throw new GitException($"git merge-base failed: {said.Complaint.Trim()}", said.ExitCode),
        };
    }
}
