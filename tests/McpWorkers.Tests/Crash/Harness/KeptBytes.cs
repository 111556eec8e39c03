using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Tests.Crash;

/// <summary>The hashes of every content that is still to be had: in a place, in a commit, an index or a log, or in the trash.</summary>
internal static class KeptBytes
{
    public static async Task<HashSet<string>> FindAsync(WorktreePlace place, CancellationToken cancellationToken)
    {
        var kept = new HashSet<string>();
        if (Directory.Exists(place.Folder.Root))
        {
            foreach (var file in TreeWalk.Of(place.Folder.Root).Where(file => file.Facts.Kind == FileKind.File))
            {
                using var handle = file.Directory.Read(file.Name);
                byte[] content = new byte[RandomAccess.GetLength(handle)];
                RandomAccess.Read(handle, content, 0);
                Add(kept, content);
            }
        }

        // By the user's own git, and not by what is under proof.
        await place.ShellAsync(place.Repository, "git gc -q --prune=now", cancellationToken);
        string objects = await place.ShellAsync(
            place.Repository, "git rev-list --all --reflog --indexed-objects --objects --no-object-names | git cat-file --batch-check='%(objectname) %(objecttype)'", cancellationToken);
        string blobs = string.Concat(objects.Split('\n').Where(line => line.EndsWith(" blob", StringComparison.Ordinal)).Select(line => line.Split(' ')[0] + "\n"));
        var said = await CommandRunner.RunAsync(
            new CommandSpec
            {
                Executable = "/usr/bin/env",
                Arguments = ["git", "cat-file", "--batch"],
                WorkingDirectory = place.Repository,
                Environment = place.Environment,
                Stdin = Encoding.ASCII.GetBytes(blobs),
            },
            cancellationToken);
        for (int at = 0; at < said.Stdout.Length;)
        {
            int end = said.Stdout.Span[at..].IndexOf((byte)'\n');
            string[] head = Encoding.ASCII.GetString(said.Stdout.Span.Slice(at, end)).Split(' ');
            int size = int.Parse(head[2], CultureInfo.InvariantCulture);
            Add(kept, said.Stdout.Slice(at + end + 1, size).ToArray());
            at += end + size + 2;
        }

        return kept;
    }

    /// <summary>The content itself; and where it is a loose object of a nested repository, what that holds.</summary>
    private static void Add(HashSet<string> kept, byte[] content)
    {
        kept.Add(Convert.ToHexString(SHA256.HashData(content)));
        if (content.Length < 2 || content[0] != 0x78)
        {
            return;
        }

        try
        {
            using var inflated = new MemoryStream();
            using (var zlib = new ZLibStream(new MemoryStream(content), CompressionMode.Decompress))
            {
                zlib.CopyTo(inflated);
            }

            byte[] whole = inflated.ToArray();
            kept.Add(Convert.ToHexString(SHA256.HashData(whole.AsSpan(whole.AsSpan().IndexOf((byte)0) + 1))));
        }
        catch (InvalidDataException)
        {
            // It only began like one.
        }
    }
}
