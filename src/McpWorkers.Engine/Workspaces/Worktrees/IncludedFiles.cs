using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>
/// Brings ignored files of the source into a worktree: those that the file <c>.worktreeinclude</c> at the source's top matches, in the syntax
/// of <c>.gitignore</c>. They are copies: what the worker does to them, the source does not see. Nothing that is there is overwritten, and
/// nothing outside source and worktree is read or written.
/// </summary>
internal static class IncludedFiles
{
    public const string FileName = ".worktreeinclude";

    private const int NamedMax = 5;

    /// <param name="source">With a worktree.</param>
    /// <param name="root">The worktree's top; links resolved.</param>
    /// <returns>What is brought, relative to the root; and notes.</returns>
    /// <exception cref="GitException">The files cannot be listed.</exception>
    public static async Task<(IReadOnlyList<string> Included, IReadOnlyList<string> Notes)> BringAsync(
        GitRepository source, string root, CancellationToken cancellationToken)
    {
        string top = source.Place.WorkTree!;
        var list = new FileInfo(Path.Combine(top, FileName));
        if (!list.Exists || list.LinkTarget is not null)
        {
            return ([], []);
        }

        var matching = await source.RunAsync(["ls-files", "-z", "--others", "--ignored", "--exclude-from=" + list.FullName], cancellationToken);
        if (matching.Bytes.IsEmpty)
        {
            return ([], []);
        }

        // What is untracked and not ignored is the user's work, and a matter of bringing the changes.
        var work = (await source.RunAsync(["ls-files", "-z", "--others", "--exclude-standard"], cancellationToken)).Fields.ToHashSet();
        var included = new List<string>();
        var refused = new List<string>();
        foreach (string path in matching.Fields.Where(path => !work.Contains(path) && !path.EndsWith('/')))
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (Copy(top, root, path))
            {
                case null:
                    included.Add(path);
                    break;
                case { Length: > 0 } reason:
                    refused.Add($"'{path}' ({reason})");
                    break;
            }
        }

        return (included, refused.Count == 0 ? [] : [Describe(refused)]);
    }

    /// <returns>Null where it is copied, nothing where it is there already; or why not.</returns>
    private static string? Copy(string top, string root, string path)
    {
        string from = Path.Combine(top, path);
        string to = Path.Combine(root, path);
        try
        {
            string fromAbove = Path.GetDirectoryName(from)!;
            string toAbove = Path.GetDirectoryName(to)!;
            if (path.Split('/').Any(part => part is ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))
                || LinkedPath.Resolve(fromAbove) != fromAbove || LinkedPath.Resolve(toAbove) != toAbove)
            {
                return "a link is on the way to it";
            }

            if (new FileInfo(to) is { } there && (there.Exists || there.LinkTarget is not null))
            {
                return "";
            }

            if (new FileInfo(from).LinkTarget is { } target)
            {
                if (!Stays(target, from, top) || !Stays(target, to, root))
                {
                    return "it links out of the repository";
                }

                Directory.CreateDirectory(toAbove);
                File.CreateSymbolicLink(to, target);
                return null;
            }

            Directory.CreateDirectory(toAbove);
            File.Copy(from, to);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>A link with a whole path would lead the worker into the source.</summary>
    private static bool Stays(string target, string link, string top) =>
        !Path.IsPathRooted(target) && LinkedPath.IsWithin(LinkedPath.Resolve(Path.Combine(Path.GetDirectoryName(link)!, target)), top);

    private static string Describe(List<string> refused) =>
        $"{refused.Count} files that {FileName} names were not brought: {string.Join(", ", refused.Take(NamedMax))}{(refused.Count > NamedMax ? ", …" : "")}.";
}
