using McpWorkers.Engine.Execution.Processes;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Output;

/// <summary>Reads files of a run directory, in which the command may have put anything: also links to what a container does not show it.</summary>
internal static class RegularFile
{
    /// <summary>
    /// Opens a file for reading; null where there is no regular file, links not followed. Opened for writing too, because that never waits for
    /// a FIFO's other end.
    /// </summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = PlainFile.TryOpen(path);
            _ = file is null ? 0 : RandomAccess.GetLength(file);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>The beginning of a file, at most so many bytes; null where there is no regular file.</summary>
    public static byte[]? TryRead(string path, int bytesMax)
    {
        using var file = TryOpen(path);
        if (file is null)
        {
            return null;
        }

        var content = new byte[Math.Min(bytesMax, RandomAccess.GetLength(file))];
        int count = RandomAccess.Read(file, content, 0);
        return content[..count];
    }

    /// <summary>The last bytes of an open file, at most so many; nothing without one.</summary>
    public static ReadOnlySpan<byte> ReadEnd(SafeFileHandle? file, int bytesMax)
    {
        if (file is null)
        {
            return [];
        }

        var end = new byte[bytesMax];
        int count = RandomAccess.Read(file, end, Math.Max(0, RandomAccess.GetLength(file) - bytesMax));
        return end.AsSpan(0, count);
    }
}
