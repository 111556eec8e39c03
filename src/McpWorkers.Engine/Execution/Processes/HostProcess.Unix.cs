using System.Globalization;
using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What a host does to itself before it starts anything.</summary>
public static partial class HostProcess
{
    private const int FirstOther = 3;

    private static nuint CloseOnExec => OperatingSystem.IsMacOS() ? 0x20006601u : 0x5451u; // FIOCLEX

    /// <summary>
    /// Marks every descriptor that this process was started with, but the three standard ones, close-on-exec: what a launcher leaks to us must
    /// not leak on into agents, and a shell cannot close descriptors from 10 on. Our own ones carry the mark already.
    /// </summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string table = Directory.Exists("/proc/self/fd") ? "/proc/self/fd" : "/dev/fd";
        foreach (string entry in Directory.EnumerateFileSystemEntries(table))
        {
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture, out int descriptor) && descriptor >= FirstOther)
            {
                _ = Control(descriptor, CloseOnExec);
            }
        }
    }

    // Not fcntl: its third argument is a variadic one, which is passed in another way on some systems.
    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request);
}
