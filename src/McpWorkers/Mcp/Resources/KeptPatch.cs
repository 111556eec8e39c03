using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Mcp.Resources;

/// <summary>
/// The patch that a caller reads page by page, kept in a file without a name from the second page on: made anew for each of many pages, a patch
/// with large binary files would take minutes.
/// </summary>
internal sealed class KeptPatch
{
    private readonly Lock _lock = new();
    private Kept? _kept;

    /// <param name="length">At most so many bytes.</param>
    /// <param name="write">Writes the whole patch as it is now.</param>
    /// <exception cref="RefusedException">The cursor is beyond the end; or the patch is another one by now, and this one is not kept any more.</exception>
    public async Task<PatchPage> ReadAsync(ResourceAddress address, int length, Func<Stream, Task> write)
    {
        if (address.Digest.Length == 0)
        {
            return await PatchPage.ReadAsync(address.Cursor, length, "", write);
        }

        if (Find(address) is { } kept && await kept.TryReadAsync(address, length) is { } page)
        {
            return page;
        }

        var file = TryMake();
        if (file is null)
        {
            return await PatchPage.ReadAsync(address.Cursor, length, address.Digest, write);
        }

        // Owned by the stream: it goes with it, also where writing fails.
        var stream = new FileStream(file, FileAccess.ReadWrite);
        try
        {
            await write(stream);
            await stream.FlushAsync();
            stream.Position = 0;
            var first = await PatchPage.ReadAsync(address.Cursor, length, address.Digest, to => stream.CopyToAsync(to));
            Keep(new(address.Id, address.Digest, first.TotalLength, stream));
            return first;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private Kept? Find(ResourceAddress address)
    {
        lock (_lock)
        {
            return _kept is { } kept && kept.Id == address.Id && kept.Digest == address.Digest ? kept : null;
        }
    }

    private void Keep(Kept kept)
    {
        Kept? former;
        lock (_lock)
        {
            (former, _kept) = (_kept, kept);
        }

        former?.Stream.Dispose();
    }

    /// <summary>Null where no file can be made: then the patch is made anew each time.</summary>
    private static SafeFileHandle? TryMake()
    {
        try
        {
            string path = Path.Combine(Path.GetTempPath(), $"mcpworkers-patch-{Guid.NewGuid():N}");
            var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows())
            {
                // Nobody else reads it, and a daemon that is killed leaves nothing.
                File.Delete(path);
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Kept(string Id, string Digest, long Length, FileStream Stream)
    {
        /// <summary>Null where another patch took its place in this moment.</summary>
        public async Task<PatchPage?> TryReadAsync(ResourceAddress address, int length)
        {
            try
            {
                byte[] bytes = new byte[(int)Math.Clamp(Length - address.Cursor, 0, length)];
                int count = 0;
                while (count < bytes.Length && await RandomAccess.ReadAsync(Stream.SafeFileHandle, bytes.AsMemory(count), address.Cursor + count) is > 0 and var read)
                {
                    count += read;
                }

                return PatchPage.Of(bytes.AsMemory(0, count), address.Cursor, Length, Digest);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        }
    }
}
