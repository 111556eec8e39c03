using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>What a workspace holds at this moment.</summary>
/// <param name="Base">The commit that it started from.</param>
/// <param name="Head">The last commit; the worker's branch's where HEAD has none.</param>
/// <param name="Branch">Full name; null where HEAD is detached.</param>
/// <param name="Tree">With all that is not committed.</param>
/// <param name="Uncommitted">Paths.</param>
internal sealed record Standing(
    string Base, string Head, string? Branch, string Tree, IReadOnlyList<string> Uncommitted, InnerRepositories Inner)
{
    /// <exception cref="RefusedException">The workspace was never made.</exception>
    /// <exception cref="GitException">It cannot be read.</exception>
    public static async Task<Standing> ReadAsync(
        GitTool git, Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string start = workspace.Base
            ?? throw new RefusedException(RefusalCode.NotFound, $"The workspace '{workspace.Id}' was not made to its end: it holds nothing.");

        // A look must not hold up the agent's own git by the index's lock.
        var repository = git.Open(workspace.Place, environment).With(("GIT_OPTIONAL_LOCKS", "0"));
        string head = await repository.ResolveAsync("HEAD", cancellationToken)
            ?? await repository.ResolveAsync(workspace.Branch, cancellationToken) ?? start;
        string? branch = await repository.BranchAsync(cancellationToken);
        var inner = await InnerRepositories.FindAsync(repository, cancellationToken);
        var uncommitted = await UncommittedAsync(repository, inner, cancellationToken);
        string tree = uncommitted.Count == 0 ? head : await TreeOfNowAsync(git, repository, inner, environment, cancellationToken);
        return new(start, head, branch, tree, uncommitted, inner);
    }

    /// <summary>Changed, staged and untracked paths, other repositories excepted.</summary>
    private static async Task<IReadOnlyList<string>> UncommittedAsync(GitRepository repository, InnerRepositories inner, CancellationToken cancellationToken)
    {
        // Of submodules only whether they stand at another commit: for more, git would start a command that believes their configuration.
        var said = await repository.RunAsync(
            ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"], cancellationToken);
        var foreign = inner.Foreign.Select(path => path.Raw).ToHashSet();
        return [.. RawName.Fields(said.Bytes).Select(entry => entry[3..]).Where(path => !foreign.Contains(path.TrimEnd('/'))).Select(path => new GitPath(path).Text)];
    }

    private static async Task<string> TreeOfNowAsync(
        GitTool git, GitRepository repository, InnerRepositories inner, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string index = Path.Combine(repository.Place.GitDirectory, $"index.mcpworkers-{Guid.NewGuid():N}");
        try
        {
            // A copy knows what is unchanged, so that only what changed is read.
            string own = Path.Combine(repository.Place.GitDirectory, "index");
            if (File.Exists(own))
            {
                IndexCopy.Make(own, index);
            }

            var beside = repository.With(("GIT_INDEX_FILE", index));
            await new Staging(git).AddAllAsync(beside, inner, environment, cancellationToken);
            return (await beside.RunAsync(["write-tree"], cancellationToken)).Text;
        }
        finally
        {
            File.Delete(index);
            File.Delete(index + ".lock");
        }
    }
}
