using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// The git directories that belong to a directory in which somebody works who is not to write to them. What is in the directory may be an
/// agent's work, so no file or link in it decides what else is shown: a git directory outside counts only where it says itself that it belongs here.
/// </summary>
internal static partial class GitDirectories
{
    private const string Entry = ".git";
    private const string Before = "gitdir: ";
    private const int TextMax = 64 * 1024;

    /// <summary>Nobody has repositories deep below so many directories, and each costs time at each launch.</summary>
    private const int DirectoriesMax = 20_000;

    /// <summary>Packages that were installed: many directories, and nobody's repositories.</summary>
    private const string Packages = "node_modules";

    private static readonly EnumerationOptions NoLinks = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    /// <summary>Of the directory and, the nearest first, of what is below it; and the files that point to them.</summary>
    /// <returns>Absolute. Those in the directory are named as it is.</returns>
    public static IReadOnlyList<string> Of(string directory)
    {
        var found = new List<string>(At(directory, isTop: true));
        var left = new Queue<string>(Below(directory));
        for (int count = 0; count < DirectoriesMax && left.TryDequeue(out string? at); count++)
        {
            if (IsBare(at))
            {
                found.Add(at);
                continue;
            }

            found.AddRange(At(at, isTop: false));
            foreach (string below in Below(at))
            {
                left.Enqueue(below);
            }
        }

        return [.. found.Distinct()];
    }

    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory, "*", NoLinks).Where(path => Path.GetFileName(path) is not (Entry or Packages));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> At(string directory, bool isTop)
    {
        string entry = Path.Combine(directory, Entry);
        if (new FileInfo(entry) is { LinkTarget: not null })
        {
            // A link cannot be covered, but what it leads to, as long as that is in here.
            string target = LinkedPath.Resolve(entry);
            return IsGitDirectory(target) && LinkedPath.IsWithin(target, LinkedPath.Resolve(directory)) ? [target] : [];
        }

        return Directory.Exists(entry) ? [entry] : File.Exists(entry) ? [entry, .. PointedTo(entry, directory, isTop)] : [];
    }

    /// <summary>What a file <c>.git</c> leads to: gitrepository-layout(5).</summary>
    private static IEnumerable<string> PointedTo(string file, string directory, bool isTop)
    {
        if (Text(file) is not { } text || !text.StartsWith(Before, StringComparison.Ordinal))
        {
            return [];
        }

        string git = LinkedPath.Resolve(Path.GetFullPath(text[Before.Length..], directory));
        if (!IsGitDirectory(git) && !File.Exists(Path.Combine(git, "commondir")))
        {
            return [];
        }

        string here = LinkedPath.Resolve(directory);
        return LinkedPath.IsWithin(git, here) ? [git] : isTop ? Outside(git, here) : [];
    }

    /// <summary>A worktree's or submodule's, if it names this directory itself; with what it shares, and the objects that it borrows.</summary>
    private static IEnumerable<string> Outside(string git, string here)
    {
        if (Text(Path.Combine(git, "gitdir")) is { } back && LinkedPath.Resolve(Path.GetFullPath(back, git)) == Path.Combine(here, Entry)
            && Text(Path.Combine(git, "commondir")) is { } shared && LinkedPath.Resolve(Path.GetFullPath(shared, git)) is var common
            && Path.GetDirectoryName(git) == Path.Combine(common, "worktrees"))
        {
            return [common, .. ObjectStores.Of(common).Skip(1)];
        }

        return Text(Path.Combine(git, "config")) is { } configuration && WorkTree().Match(configuration) is { Success: true } tree
            && LinkedPath.Resolve(Path.GetFullPath(tree.Groups[1].Value.Trim('"'), git)) == here
            ? [git, .. ObjectStores.Of(git).Skip(1)]
            : [];
    }

    private static bool IsGitDirectory(string path) => File.Exists(Path.Combine(path, "HEAD")) && Directory.Exists(Path.Combine(path, "objects"));

    private static bool IsBare(string path) => IsGitDirectory(path) && Directory.Exists(Path.Combine(path, "refs"));

    private static string? Text(string file)
    {
        try
        {
            return new FileInfo(file) is { Exists: true, LinkTarget: null, Length: <= TextMax } ? File.ReadAllText(file).TrimEnd('\n', '\r') : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^\s*worktree\s*=\s*(.+?)\s*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex WorkTree();
}
