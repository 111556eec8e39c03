using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>Whether what is asked for fits on the disk.</summary>
internal static class DiskRoom
{
    /// <summary>For what comes besides files of the repository: records, the set-up, what the agents write first.</summary>
    public const long Margin = 128L * 1024 * 1024;

    private const int Block = 4096;

    /// <summary>What one worktree of a commit takes.</summary>
    /// <returns>Bytes, each file in whole blocks.</returns>
    /// <exception cref="GitException">The commit cannot be read.</exception>
    public static async Task<long> EstimateAsync(GitRepository repository, string commit, CancellationToken cancellationToken)
    {
        var listed = await repository.RunAsync(["ls-tree", "-r", "-l", "-z", "--full-tree", commit], cancellationToken);
        long bytes = 0;
        foreach (var range in listed.Bytes.Span.Split((byte)0))
        {
            // "100644 blob 0123…  size\tname": the size is what stands before the tab.
            var entry = listed.Bytes.Span[range];
            int tab = entry.IndexOf((byte)'\t');
            if (tab > 0 && long.TryParse(entry[(entry[..tab].LastIndexOf((byte)' ') + 1)..tab], NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            {
                bytes += (size + Block - 1) / Block * Block;
            }
        }

        return bytes;
    }

    /// <param name="directory">Need not be there yet.</param>
    /// <returns>Bytes that this user may still write.</returns>
    public static long FreeAt(string directory)
    {
        string at = Path.GetFullPath(directory);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } above)
        {
            at = above;
        }

        return new DriveInfo(at).AvailableFreeSpace;
    }

    /// <exception cref="RefusedException">It does not fit.</exception>
    public static void Ensure(long needed, long free, string what, string directory)
    {
        if (needed + Margin > free)
        {
            throw new RefusedException(
                RefusalCode.LimitReached,
                $"{what} need about {Megabytes(needed + Margin)} MB, and '{directory}' has {Megabytes(free)} MB left. Make room there, ask for fewer, or empty the trash ('workers trash empty').");
        }
    }

    private static string Megabytes(long bytes) => Math.Ceiling(bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture);
}
