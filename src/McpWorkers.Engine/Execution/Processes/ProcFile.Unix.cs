using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// Reads the small files under /proc without an exception for each process that has just gone or is another user's: a walk over the process
/// table meets many of those.
/// </summary>
internal static partial class ProcFile
{
    private const int CloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC on Linux, the only system that has these files.

    /// <summary>What the file holds, as far as it fits. Empty where it cannot be read.</summary>
    public static ReadOnlySpan<byte> Read(string path, byte[] buffer)
    {
        int file = Open(path, CloseOnExec);
        if (file < 0)
        {
            return [];
        }

        try
        {
            int count = 0;
            while (count < buffer.Length && Read(file, ref buffer[count], (nuint)(buffer.Length - count)) is > 0 and var read)
            {
                count += (int)read;
            }

            return buffer.AsSpan(0, count);
        }
        finally
        {
            _ = Close(file);
        }
    }

    // Declared with two parameters: the third is read only where a file may be made.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
