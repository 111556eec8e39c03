using System.Buffers;
using System.Globalization;
using System.Text;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>
/// The input of <c>git fast-import</c> for one commit: it takes any name and any bytes, converts nothing, and writes one synced pack.
/// </summary>
/// <param name="format">The repository's object format.</param>
/// <param name="known">Objects that the repository has already: they are named instead of written again.</param>
internal sealed class SnapshotFeed(Stream to, string format, IReadOnlySet<string> known)
{
    private const int WholeMax = 8 << 20;

    /// <param name="parents">The first comes first.</param>
    public async Task BeginAsync(string reference, DateTimeOffset taken, string message, IReadOnlyList<string> parents, CancellationToken cancellationToken)
    {
        byte[] text = Encoding.UTF8.GetBytes(message);
        await SayAsync($"commit {reference}\ncommitter McpWorkers <mcpworkers@localhost> {taken.ToUnixTimeSeconds()} +0000\ndata {text.Length}\n", cancellationToken);
        await to.WriteAsync(text, cancellationToken);
        await SayAsync("\n" + string.Concat(parents.Select((parent, i) => $"{(i == 0 ? "from" : "merge")} {parent}\n")) + "deleteall\n", cancellationToken);
    }

    public Task NameAsync(string id, bool isTree, string path, CancellationToken cancellationToken) =>
        SayAsync($"M {(isTree ? "040000" : "100644")} {id} {Quoted(path)}\n", cancellationToken);

    /// <returns>What must be found again under the path.</returns>
    public async Task<SnapshotFile> AddAsync(byte[] content, string mode, string path, CancellationToken cancellationToken) =>
        await WholeAsync(content, mode, path, cancellationToken);

    /// <exception cref="IOException">The file cannot be read, or became another meanwhile.</exception>
    public async Task<SnapshotFile> AddAsync(WalkedFile file, string path, CancellationToken cancellationToken)
    {
        if (file.Facts.Kind == FileKind.Link)
        {
            return await WholeAsync(RawName.Bytes(file.Directory.LinkTarget(file.Name)), "120000", path, cancellationToken);
        }

        string mode = (file.Facts.Mode & 0b001_000_000) != 0 ? "100755" : "100644";
        using var handle = file.Directory.Read(file.Name);
        long size = RandomAccess.GetLength(handle);
        if (size > WholeMax)
        {
            await using var content = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            return await LongAsync(content, size, mode, path, cancellationToken);
        }

        byte[] whole = new byte[size];
        int count = 0;
        while (count < whole.Length && RandomAccess.Read(handle, whole.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
        }

        return count == whole.Length ? await WholeAsync(whole, mode, path, cancellationToken) : throw new FileChangedException(path);
    }

    public Task EndAsync(CancellationToken cancellationToken) => SayAsync("done\n", cancellationToken);

    private async Task<SnapshotFile> WholeAsync(byte[] content, string mode, string path, CancellationToken cancellationToken)
    {
        string id = BlobHash.Of(format, content);
        // An index may name the empty blob without its being there (git add -N).
        if (content.Length > 0 && known.Contains(id))
        {
            await SayAsync($"M {mode} {id} {Quoted(path)}\n", cancellationToken);
        }
        else
        {
            await SayAsync($"M {mode} inline {Quoted(path)}\ndata {content.Length}\n", cancellationToken);
            await to.WriteAsync(content, cancellationToken);
            await SayAsync("\n", cancellationToken);
        }

        return new(path, mode, id, content.Length);
    }

    private async Task<SnapshotFile> LongAsync(Stream content, long size, string mode, string path, CancellationToken cancellationToken)
    {
        await SayAsync($"M {mode} inline {Quoted(path)}\ndata {size.ToString(CultureInfo.InvariantCulture)}\n", cancellationToken);
        using var hash = new BlobHash(format, size);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long left = size; left > 0;)
            {
                int read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                if (read == 0)
                {
                    throw new FileChangedException(path);
                }

                hash.Add(buffer.AsSpan(0, read));
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await SayAsync("\n", cancellationToken);
        return new(path, mode, hash.Finish(), size);
    }

    private Task SayAsync(string text, CancellationToken cancellationToken) => to.WriteAsync(RawName.Bytes(text), cancellationToken).AsTask();

    private static string Quoted(string path) => '"' + path
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + '"';
}

/// <summary>A file changed while it was read: the snapshot is taken again.</summary>
internal sealed class FileChangedException(string path) : Exception($"'{RawName.ToText(path)}' changed while it was read.");
