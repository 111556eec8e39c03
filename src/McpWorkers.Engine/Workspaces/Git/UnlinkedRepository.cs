using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>
/// A git directory that an agent can write to, where git is to be run outside of the agent's container. Git follows links: through one in
/// place of <c>index</c> or <c>refs</c> the host's own git would write to whatever file of the user's it names.
/// </summary>
internal static class UnlinkedRepository
{
    private const int DepthMax = 24;

    /// <summary>What git writes to, and reads as if it were the repository's own.</summary>
    private static readonly string[] Trees = ["refs", "logs", "worktrees", "info"];

    /// <exception cref="GitException">Something in it is a link, or no file or directory.</exception>
    public static void Check(string gitDirectory)
    {
        try
        {
            using var above = OpenDirectory.Open(Path.GetDirectoryName(gitDirectory)!);
            using var git = above.Enter(Path.GetFileName(gitDirectory));
            Look(git, gitDirectory, "");
            foreach (string name in Trees.Where(name => git.Look(name) is not null))
            {
                using var tree = git.Enter(name);
                Walk(tree, gitDirectory, name, 0);
            }

            using var objects = git.Enter("objects");
            Look(objects, gitDirectory, "objects");
            if (objects.Look("info") is not null)
            {
                using var info = objects.Enter("info");
                Look(info, gitDirectory, "objects/info");
                if (info.Look("alternates") is not null)
                {
                    throw Odd(gitDirectory, "objects/info/alternates");
                }
            }
        }
        catch (IOException e)
        {
            throw new GitException($"'{gitDirectory}' is not as git makes it, so no git of the host's is run there: {e.Message}");
        }
    }

    private static void Walk(OpenDirectory directory, string gitDirectory, string path, int depth)
    {
        Look(directory, gitDirectory, path);
        foreach (string name in directory.Names().Where(name => directory.Look(name) is { Kind: FileKind.Directory }))
        {
            if (depth == DepthMax)
            {
                throw Odd(gitDirectory, path);
            }

            using var below = directory.Enter(name);
            Walk(below, gitDirectory, path + "/" + name, depth + 1);
        }
    }

    private static void Look(OpenDirectory directory, string gitDirectory, string path)
    {
        if (directory.Names().FirstOrDefault(name => directory.Look(name) is not (null or { Kind: FileKind.File or FileKind.Directory })) is { } odd)
        {
            throw Odd(gitDirectory, RawName.Join(path, RawName.ToText(odd)));
        }
    }

    private static GitException Odd(string gitDirectory, string path) => new(
        $"'{Path.Combine(gitDirectory, path)}' leads elsewhere, and git would follow it: no git of the host's is run there. Look at what an agent did there, and delete it.");
}
