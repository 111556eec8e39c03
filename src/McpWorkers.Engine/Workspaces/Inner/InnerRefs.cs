using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>What the refs of an inner repository say, read as data: whatever is not as git writes it is as if it were not there.</summary>
/// <param name="HeadRef">The branch that HEAD is on, such as <c>refs/heads/main</c>; null where it is on none.</param>
/// <param name="HeadId">What HEAD stands for; null where that is nothing yet.</param>
/// <param name="Ids">By name.</param>
/// <param name="Logged">What HEAD once stood for, the latest last, as far back as the log is read.</param>
internal sealed partial record InnerRefs(string? HeadRef, string? HeadId, IReadOnlyDictionary<string, string> Ids, IReadOnlyList<string> Logged)
{
    private const int LineMax = 4096;
    private const int PackedMax = 32 << 20;
    private const int LogMax = 1 << 20;
    private const int DepthMax = 16;
    private const int CountMax = 20_000;
    private const string Symbolic = "ref: ";

    /// <param name="idLength">Of object ids, in characters: 40 or 64.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static InnerRefs Read(string repository, int idLength)
    {
        using var inner = OpenDirectory.Open(repository);
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        AddPacked(inner, idLength, ids);
        using (var refs = inner.TryEnter("refs"))
        {
            AddLoose(refs, "refs", 0, idLength, ids);
        }

        string head = Encoding.UTF8.GetString(inner.TryRead("HEAD", LineMax) ?? []).TrimEnd('\n', ' ');
        string? branch = head.StartsWith(Symbolic, StringComparison.Ordinal) ? head[Symbolic.Length..].Trim() : null;
        string? id = branch is not null ? ids.GetValueOrDefault(branch) : IsId(head, idLength) ? head : null;
        return new(branch, id, ids, [.. Log(inner, idLength)]);
    }

    /// <summary>The same as long as nothing changed.</summary>
    public string Digest()
    {
        var text = new StringBuilder().Append(HeadRef).Append(' ').Append(HeadId).Append('\n');
        foreach (var (name, id) in Ids.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            text.Append(id).Append(' ').Append(name).Append('\n');
        }

        text.AppendJoin(' ', Logged);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static bool IsId(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static void AddPacked(OpenDirectory inner, int idLength, Dictionary<string, string> ids)
    {
        foreach (string line in Encoding.UTF8.GetString(inner.TryRead("packed-refs", PackedMax) ?? []).Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space == idLength && IsId(line[..space], idLength) && ids.Count < CountMax)
            {
                ids[line[(space + 1)..]] = line[..space];
            }
        }
    }

    private static void AddLoose(OpenDirectory? directory, string path, int depth, int idLength, Dictionary<string, string> ids)
    {
        if (directory is null || depth > DepthMax)
        {
            return;
        }

        foreach (string name in directory.Names())
        {
            string full = path + "/" + RawName.ToText(name);
            if (directory.Look(name) is { Kind: FileKind.Directory })
            {
                using var below = directory.Enter(name);
                AddLoose(below, full, depth + 1, idLength, ids);
            }
            else if (Encoding.ASCII.GetString(directory.TryRead(name, LineMax) ?? []).TrimEnd('\n') is var id && IsId(id, idLength)
                && !name.EndsWith(".lock", StringComparison.Ordinal) && ids.Count < CountMax)
            {
                ids[full] = id;
            }
        }
    }

    private static IEnumerable<string> Log(OpenDirectory inner, int idLength)
    {
        using var logs = inner.TryEnter("logs");
        string text = Encoding.Latin1.GetString(logs?.TryRead("HEAD", LogMax, isTail: true) ?? []);
        return Entries().Matches(text).SelectMany(entry => new[] { entry.Groups[1].Value, entry.Groups[2].Value })
            .Where(id => id.Length == idLength && id.AsSpan().ContainsAnyExcept('0')).Distinct();
    }

    [GeneratedRegex("^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", RegexOptions.Multiline)]
    private static partial Regex Entries();
}
