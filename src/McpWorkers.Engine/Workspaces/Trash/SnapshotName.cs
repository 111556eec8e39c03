using System.Text;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>
/// Names of files as names in a snapshot's tree. Git takes no '.git' there, nor what some file system takes for it (git-fsck(1), hasDotgit), and no
/// link called '.gitmodules': such a part of a path gets an '@' before it, as does one that looks so already. All other names stay as they
/// are, so that <c>git show</c> finds them.
/// </summary>
internal static partial class SnapshotName
{
    public static string InTree(string path, bool isLink) => string.Join('/', path.Split('/').Select(part => MustChange(part, isLink) ? "@" + part : part));

    public static string OnDisk(string path) => string.Join('/', path.Split('/').Select(part => part.StartsWith('@') && IsSpecial(part.TrimStart('@')) ? part[1..] : part));

    /// <summary>For the manifest, which is text: a name that is not UTF-8 has its bytes as %XX, and a '%' is always '%25'.</summary>
    public static string ToText(string raw)
    {
        string text = RawName.ToText(raw);
        if (RawName.FromText(text) == raw)
        {
            return text.Replace("%", "%25", StringComparison.Ordinal);
        }

        var escaped = new StringBuilder();
        foreach (char each in raw)
        {
            _ = each is '%' or >= '\x80' ? escaped.Append($"%{(int)each:X2}") : escaped.Append(each);
        }

        return escaped.ToString();
    }

    public static string FromText(string text)
    {
        string raw = RawName.FromText(text);
        var plain = new StringBuilder();
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '%' && i + 2 < raw.Length)
            {
                plain.Append((char)Convert.ToByte(raw.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                plain.Append(raw[i]);
            }
        }

        return plain.ToString();
    }

    private static bool MustChange(string part, bool isLink) =>
        IsGit(part) || (isLink && part.Equals(".gitmodules", StringComparison.OrdinalIgnoreCase)) || (part.StartsWith('@') && IsSpecial(part.TrimStart('@')));

    private static bool IsSpecial(string part) => IsGit(part) || part.Equals(".gitmodules", StringComparison.OrdinalIgnoreCase);

    private static bool IsGit(string part) => GitLike().IsMatch(Unseen().Replace(part, ""));

    [GeneratedRegex("^(?:\\.git|git~1)(?:[ .:\\\\].*)?$", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex GitLike();

    /// <summary>Characters that HFS+ leaves out of account, as the bytes of their UTF-8.</summary>
    [GeneratedRegex("\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf", RegexOptions.CultureInvariant)]
    private static partial Regex Unseen();
}
