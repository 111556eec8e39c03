using System.Text;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>
/// What of a repository's own configuration counts for the host's git. The repository may come from anywhere and its files may be an
/// agent's work, and git's configuration can name programs in many places (filters, drivers, helpers, hooks, includes): so it is a list of
/// what is let in, each key known to be plain data, and everything else is as if it were not there. The user's global configuration counts
/// in full.
/// </summary>
internal static class LocalConfiguration
{
    /// <summary>In lower case, as git prints them. Meanings: git-config(1).</summary>
    private static readonly HashSet<string> Plain =
    [
        "core.repositoryformatversion", "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode", "core.autocrlf", "core.eol",
        "core.safecrlf", "core.longpaths", "core.protecthfs", "core.protectntfs", "core.bigfilethreshold", "core.sharedrepository",
        "core.logallrefupdates", "core.sparsecheckout", "core.sparsecheckoutcone", "core.checkroundtripencoding",
        "extensions.objectformat", "extensions.refstorage", "extensions.partialclone", "extensions.noop", "extensions.preciousobjects",
        "user.name", "user.email", "author.name", "author.email", "committer.name", "committer.email",
        "i18n.commitencoding", "merge.renames", "merge.directoryrenames", "merge.renamelimit", "diff.renames", "diff.renamelimit",
        "index.version", "index.sparse",
    ];

    /// <summary>Keys with a name in the middle: what they begin and end with.</summary>
    private static readonly (string Section, string[] Keys)[] Named =
    [
        ("remote.", ["url", "fetch", "promisor", "partialclonefilter"]),
        ("branch.", ["remote", "merge"]),
        ("submodule.", ["url", "active", "branch", "ignore"]),
    ];

    /// <param name="listed">The output of <c>git config --list --null</c>: a key, a line's end, the value, and a NUL for each.</param>
    /// <returns>A configuration file's text.</returns>
    public static string Kept(IEnumerable<string> listed)
    {
        var text = new StringBuilder();
        foreach (string entry in listed)
        {
            int end = entry.IndexOf('\n', StringComparison.Ordinal);
            string key = end < 0 ? entry : entry[..end];
            if (IsKept(key))
            {
                Append(text, key, end < 0 ? null : entry[(end + 1)..]);
            }
        }

        return text.ToString();
    }

    private static bool IsKept(string key) =>
        Plain.Contains(key)
        || Named.Any(named => key.StartsWith(named.Section, StringComparison.Ordinal)
            && named.Keys.Any(last => key.Length > named.Section.Length + last.Length && key.EndsWith('.' + last, StringComparison.Ordinal)));

    private static void Append(StringBuilder text, string key, string? value)
    {
        int first = key.IndexOf('.', StringComparison.Ordinal);
        int last = key.LastIndexOf('.');
        text.Append('[').Append(key, 0, first);
        if (last > first)
        {
            text.Append(" \"").Append(Escaped(key[(first + 1)..last])).Append('"');
        }

        text.Append("]\n\t").Append(key, last + 1, key.Length - last - 1);
        if (value is not null)
        {
            text.Append(" = \"").Append(Escaped(value)).Append('"');
        }

        text.Append('\n');
    }

    private static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal);
}
