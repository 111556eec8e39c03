using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// Files by their own names only. A command in a container may put a link where we are going to look: it would make us read, or write, what
/// it cannot reach itself.
/// </summary>
internal static partial class PlainFile
{
    private const int ReadWrite = 0x2; // O_RDWR
    private static readonly int Append = OperatingSystem.IsMacOS() ? 0x8 : 0x400;
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
    private static readonly int NoFollow = OperatingSystem.IsMacOS() ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Opens a file that is there, for reading and writing. Null where there is none, or a link.</summary>
    public static SafeFileHandle? TryOpen(string path, bool append = false)
    {
        if (OperatingSystem.IsWindows())
        {
            return new FileInfo(path).LinkTarget is not null ? null : File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }

        int file = Open(path, ReadWrite | CloseOnExec | NoFollow | (append ? Append : 0));
        return file < 0 ? null : new(file, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);
}
