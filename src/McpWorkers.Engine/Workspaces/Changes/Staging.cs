using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Puts what a worktree holds into its index, or into a copy of it.</summary>
internal sealed class Staging(GitTool git)
{
    /// <summary>
    /// Adds all that git does not ignore. Other repositories are left out: git takes one without a commit for a fault, and into submodules it
    /// goes with a <c>git status</c> that believes their configuration, programs included; so their new commits are entered here.
    /// </summary>
    /// <returns>What could not be added, in git's words; empty where all was.</returns>
    /// <exception cref="GitException">The index could not be written.</exception>
    public async Task<string> AddAllAsync(
        GitRepository repository, InnerRepositories inner, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // As they are: a user's setting must not refuse a file for its line ends.
        var adding = repository.With(
            ("GIT_LITERAL_PATHSPECS", null), ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.safecrlf"), ("GIT_CONFIG_VALUE_0", "false"));
        var leftOut = inner.Foreign.Concat(inner.Pointers.Select(pointer => pointer.Path)).Select(path => ":(exclude,literal)" + path.Raw);
        string complaint = "";
        try
        {
            await adding.RunAsync(
                ["add", "--all", "--sparse", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"],
                RawName.Terminated(leftOut.Prepend(":(top)")),
                cancellationToken);
        }
        catch (GitException e) when (e.ExitCode == 1)
        {
            // Files that cannot be read, or that went while git looked; all others are in.
            complaint = e.Message;
        }

        await EnterAsync(repository, inner, environment, cancellationToken);
        return complaint;
    }

    private async Task EnterAsync(
        GitRepository repository, InnerRepositories inner, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var entries = new List<string>();
        foreach (var pointer in inner.Pointers)
        {
            string directory = LinkedPath.Resolve(Path.Combine(repository.Place.WorkTree!, pointer.Path.Text));
            if (RepositoryPlace.Find(directory) is { } place && place.WorkTree == directory
                && await git.Open(place, environment).ResolveAsync("HEAD", cancellationToken) is { } head && head != pointer.Commit)
            {
                entries.Add($"160000 {head}\t{pointer.Path.Raw}");
            }
        }

        if (entries.Count > 0)
        {
            await repository.RunAsync(["update-index", "-z", "--index-info"], RawName.Terminated(entries), cancellationToken);
        }
    }
}
