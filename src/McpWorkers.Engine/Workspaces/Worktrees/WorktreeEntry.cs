using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>
/// A worktree as the repository knows it: its directory below <c>worktrees</c>, called as the worker is so that the record can name it
/// before it is there, and its branch. Layout: gitrepository-layout(5).
/// </summary>
internal sealed class WorktreeEntry(GitRepository source, Workspace workspace)
{
    private const int AttemptsMax = 5;

    private bool _hasBranch;

    public static string GitDirectoryOf(RepositoryPlace source, string id) => Path.Combine(source.CommonDirectory, "worktrees", id);

    /// <summary>Makes the branch and the worktree, without files but <c>.git</c>.</summary>
    /// <exception cref="GitException">It could not be made; what is made of it <see cref="RemoveAsync"/> takes away.</exception>
    public async Task AddAsync(string commit, CancellationToken cancellationToken)
    {
        // The empty old value: only where there is no such branch.
        await source.RunAsync(["update-ref", "-m", "worker started", workspace.Branch, commit, ""], cancellationToken);
        _hasBranch = true;

        // Git calls the entry as the directory is called.
        string made = Path.Combine(Path.GetDirectoryName(workspace.Root)!, workspace.Id);
        string[] add = ["-c", "worktree.useRelativePaths=false", "worktree", "add", "--quiet", "--no-checkout", "--", made, workspace.BranchName];
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await source.RunAsync(add, cancellationToken);
                break;
            }
            catch (GitException) when (attempt < AttemptsMax && !Directory.Exists(workspace.GitDirectory))
            {
                // Git reads the entries of all worktrees, and fails on one that another git is just writing. And whoever removes the last
                // worktree removes the directory of all. It takes away what it had begun.
                Directory.CreateDirectory(Path.GetDirectoryName(workspace.GitDirectory)!);
            }
        }

        string pointer = Path.Combine(made, ".git");
        string named = Path.GetFileName((await File.ReadAllTextAsync(pointer, cancellationToken)).TrimEnd('\n'));
        if (named != workspace.Id)
        {
            Directory.Delete(Path.Combine(Path.GetDirectoryName(workspace.GitDirectory)!, named), recursive: true);
            throw new GitException($"There is an entry '{workspace.GitDirectory}' already. See 'git worktree list'; 'git worktree prune' removes what is no longer there.");
        }

        if (made != workspace.Root)
        {
            Directory.Move(made, workspace.Root);
        }

        // The common directory that the host's git is given is not the one that others are to find.
        await File.WriteAllTextAsync(Path.Combine(workspace.Root, ".git"), $"gitdir: {workspace.GitDirectory}\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(workspace.GitDirectory, "gitdir"), Path.Combine(workspace.Root, ".git") + "\n", cancellationToken);
    }

    /// <summary>Takes away what <see cref="AddAsync"/> made, as long as nobody has worked in it. The worktree's directory is left.</summary>
    public async Task RemoveAsync()
    {
        if (!_hasBranch)
        {
            return;
        }

        // An entry by this name that was there before points elsewhere.
        string pointer = Path.Combine(workspace.GitDirectory, "gitdir");
        if (File.Exists(pointer) && File.ReadAllText(pointer).StartsWith(Path.GetDirectoryName(workspace.Root)! + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            Directory.Delete(workspace.GitDirectory, recursive: true);
        }

        await source.RunAsync(["update-ref", "-d", workspace.Branch], CancellationToken.None);
    }
}
