using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>
/// Where a repository is: found by looking, not by asking git, since git would believe the repository's own configuration (<c>core.worktree</c>)
/// about it. Layout: gitrepository-layout(5).
/// </summary>
/// <param name="GitDirectory">Absolute, links resolved: <c>.git</c>, or <c>.git/worktrees/NAME</c> of a linked worktree.</param>
/// <param name="CommonDirectory">What all worktrees share; the same as the git directory in the main one.</param>
/// <param name="WorkTree">Absolute, links resolved; null for a bare repository.</param>
internal sealed record RepositoryPlace(string GitDirectory, string CommonDirectory, string? WorkTree)
{
    /// <summary>Somebody in a container writes to the git directory: it is looked through before each command.</summary>
    public bool IsUnlinked { get; init; }

    /// <summary>Looks from a directory upwards.</summary>
    /// <returns>Null where there is no repository.</returns>
    public static RepositoryPlace? Find(string directory)
    {
        for (string? at = LinkedPath.Resolve(directory); at is not null; at = Path.GetDirectoryName(at))
        {
            string entry = Path.Combine(at, ".git");
            if (Directory.Exists(entry) && IsGitDirectory(LinkedPath.Resolve(entry)))
            {
                return Of(LinkedPath.Resolve(entry), at);
            }

            if (File.Exists(entry) && PointedTo(entry, "gitdir: ") is { } elsewhere && Directory.Exists(elsewhere))
            {
                return Of(LinkedPath.Resolve(elsewhere), at);
            }

            if (IsGitDirectory(at))
            {
                return Of(at, null);
            }
        }

        return null;
    }

    /// <exception cref="RefusedException">There is no repository.</exception>
    public static RepositoryPlace At(string directory) => Find(directory) ?? throw new RefusedException(
        RefusalCode.InvalidArgument,
        $"'{directory}' is in no git repository. Run 'git init' there, name a directory of a repository, or use the workspace 'directory'.");

    /// <summary>A linked worktree whose git directory is known.</summary>
    public static RepositoryPlace OfWorktree(string gitDirectory, string commonDirectory, string workTree) => new(gitDirectory, commonDirectory, workTree);

    private static RepositoryPlace Of(string gitDirectory, string? workTree) =>
        new(gitDirectory, PointedTo(Path.Combine(gitDirectory, "commondir"), "") is { } common ? LinkedPath.Resolve(common) : gitDirectory, workTree);

    private static bool IsGitDirectory(string path) =>
        File.Exists(Path.Combine(path, "HEAD")) && Directory.Exists(Path.Combine(path, "objects")) && Directory.Exists(Path.Combine(path, "refs"));

    /// <summary>A file of one line that names a directory, relative to where the file is.</summary>
    private static string? PointedTo(string file, string before)
    {
        try
        {
            string line = File.ReadAllText(file).TrimEnd('\n', '\r');
            return line.StartsWith(before, StringComparison.Ordinal)
                ? Path.GetFullPath(line[before.Length..], Path.GetDirectoryName(file)!)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
