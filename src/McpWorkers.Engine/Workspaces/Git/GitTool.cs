using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>The host's own git, for repositories that it does not trust.</summary>
/// <param name="root">Where its shadows are kept.</param>
/// <param name="ownerMark">By which commands of a host that died are known to the next one; null for none.</param>
internal sealed class GitTool(string root, string? ownerMark)
{
    private readonly Lazy<(string Path, GitShadow Shadow)?> _found = new(() => ExecutableFinder.Find("git", Environment.GetEnvironmentVariable("PATH")) is { } path
        ? (path, new GitShadow(root, path))
        : null);

    public bool IsInstalled => _found.Value is not null;

    /// <param name="environment">Of whoever asks: his HOME is where his global configuration is.</param>
    /// <exception cref="RefusedException">There is no git on this machine.</exception>
    public GitRepository Open(RepositoryPlace place, IReadOnlyDictionary<string, string> environment)
    {
        var (path, shadow) = Found;
        return new(path, shadow, place, GitEnvironment.Of(environment), ownerMark);
    }

    /// <summary>A command that needs no repository, such as a clone.</summary>
    /// <exception cref="RefusedException">There is no git on this machine.</exception>
    /// <exception cref="GitException">It failed.</exception>
    public async Task<GitOutput> RunAsync(
        IReadOnlyList<string> arguments, string directory, IReadOnlyDictionary<string, string> environment, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var command = new CommandSpec
        {
            Executable = Found.Path,
            Arguments = arguments,
            WorkingDirectory = directory,
            Environment = GitEnvironment.Of(environment),
            Timeout = timeout,
            OwnerMark = ownerMark,
        };
        return GitRepository.Checked(arguments, await CommandRunner.RunAsync(command, cancellationToken));
    }

    /// <summary>Drops what was kept for a git directory that is gone.</summary>
    public void Forget(string gitDirectory) => _found.Value?.Shadow.Forget(gitDirectory);

    private (string Path, GitShadow Shadow) Found => _found.Value
        ?? throw new RefusedException(RefusalCode.MissingExecutable, "There is no git on this machine's PATH. Install git, or use the workspace 'directory'.");
}
