using System.Security.Cryptography;

namespace McpWorkers.Tests.Crash;

/// <summary>A file that the agent wrote.</summary>
/// <param name="Hash">SHA-256 of its bytes, in capitals.</param>
/// <param name="LineFeedHash">The same of what git stores of it, where the attributes take it for text.</param>
internal sealed record ScribeLine(string Hash, string LineFeedHash, string Deed, string Path)
{
    /// <summary>
    /// Whether what git stores of it will do: the agent's next run overwrites it, and then only a commit has it. All others lie in the workspace until that is
    /// removed, so their very bytes must be there.
    /// </summary>
    public bool MayBeConverted => Deed == "shared";
}

/// <summary>What the agents say that they wrote.</summary>
internal static class ScribeJournal
{
    public static async Task<IReadOnlyList<ScribeLine>> ReadAsync(string path, CancellationToken cancellationToken) => File.Exists(path)
        ? [.. (await File.ReadAllLinesAsync(path, cancellationToken)).Select(Parse)]
        : [];

    public static IEnumerable<ScribeLine> Lost(IEnumerable<ScribeLine> lines, HashSet<string> kept) =>
        lines.Where(line => !kept.Contains(line.Hash) && !(line.MayBeConverted && kept.Contains(line.LineFeedHash)));

    /// <summary>What differs on the disk, in a workspace that is as its last run left it.</summary>
    public static IEnumerable<string> UnlikeDisk(IEnumerable<ScribeLine> lines, string root)
    {
        // The last word on each path counts.
        var last = lines.Where(line => line.Deed != "lost" && line.Path.StartsWith(root + "/", StringComparison.Ordinal)).GroupBy(line => line.Path).Select(group => group.Last());
        return last.Where(line => !File.Exists(line.Path) || Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(line.Path))) != line.Hash)
            .Select(line => $"{line.Path} ({line.Deed}) {(File.Exists(line.Path) ? "has other bytes" : "is not there")}");
    }

    private static ScribeLine Parse(string line) =>
        line.Split(' ', 4) is [var hash, var lineFeeds, var deed, var path] ? new(hash.ToUpperInvariant(), lineFeeds.ToUpperInvariant(), deed, path) : throw new CrashFault($"The journal has a line '{line}'.");
}
