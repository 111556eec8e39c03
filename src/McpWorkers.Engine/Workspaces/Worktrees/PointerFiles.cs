using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>Files that git-lfs keeps: they are there only where the user's own configuration knows the program, since the repository's is not followed.</summary>
internal static class PointerFiles
{
    private const int AttributesMax = 1024 * 1024;

    /// <returns>At most one note.</returns>
    public static async Task<IReadOnlyList<string>> DescribeAsync(GitRepository made, CancellationToken cancellationToken)
    {
        var attributes = new FileInfo(Path.Combine(made.Place.WorkTree!, ".gitattributes"));
        if (!attributes.Exists || attributes.LinkTarget is not null || attributes.Length > AttributesMax
            || !(await File.ReadAllTextAsync(attributes.FullName, cancellationToken)).Contains("filter=lfs", StringComparison.Ordinal))
        {
            return [];
        }

        foreach (string key in new[] { "filter.lfs.process", "filter.lfs.smudge" })
        {
            if ((await made.TryAsync(["config", "--get", key], cancellationToken)).Succeeded)
            {
                return [];
            }
        }

        return ["Files that git-lfs keeps are pointers here: your own git configuration does not know git-lfs, and the repository's names no program that is run. 'git lfs install' once makes it known."];
    }
}
