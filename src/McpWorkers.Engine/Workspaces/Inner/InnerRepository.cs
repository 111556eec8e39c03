using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// The repository that a worktree's agent sees in its container: one of its own, with the source's objects to read as alternates. Outside
/// the worktree stays what it is. So nothing in a container ever writes into the source's <c>.git</c>; what the agent committed is brought
/// back by the host.
/// </summary>
internal sealed class InnerRepository(GitTool git, WorkspaceFolder folder)
{
    /// <summary>Makes it, or sets it to where the worktree's branch is now. Before each launch.</summary>
    /// <returns>What is to be mounted, the worktree itself included.</returns>
    /// <exception cref="RefusedException">Git failed, or the repository's layout cannot be shown in a container.</exception>
    public Task<IReadOnlyList<ContainerMount>> PrepareAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{git} {folder}");

    /// <summary>Brings the commits of the agent into the worktree's branch; its files stay as they are. After each run, before the host's own commit.</summary>
    /// <returns>What a user should know, such as commits that could not be brought; each a sentence.</returns>
    /// <exception cref="RefusedException">Git failed: nothing was brought, and the inner repository still has it.</exception>
    public Task<IReadOnlyList<string>> BringBackAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
