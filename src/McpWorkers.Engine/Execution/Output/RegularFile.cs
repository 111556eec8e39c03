using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Output;

/// <summary>Reads files of a run directory, in which the command may have put anything: it runs as the same user.</summary>
internal static class RegularFile
{
    /// <summary>
    /// Opens a file for reading; null where there is no regular file. Opened for writing too, because that never waits for a FIFO's other end.
    /// </summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _ = RandomAccess.GetLength(file);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            return null;
        }
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
