using System.Globalization;
using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What a host does to itself before it starts anything.</summary>
public static partial class HostProcess
{
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int FirstOther = 3;

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
                _ = Control(descriptor, SetDescriptorFlags, CloseOnExec);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
