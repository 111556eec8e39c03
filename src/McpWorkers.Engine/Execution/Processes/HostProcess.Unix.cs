using System.Globalization;
using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What a host does to itself before it starts anything.</summary>
public static partial class HostProcess
{
    private const int FirstOther = 3;

    /// <summary>The runtime itself takes about sixty, each run that goes on a few: below this, things fail in places that cannot even say so.</summary>
    private const ulong OpenFilesMin = 256;

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

    /// <summary>Null where the machine lets this process open enough files; else what is wrong, and the remedy.</summary>
    public static unsafe string? FindFault()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // The limit in force and the highest one that may be asked for, each 8 bytes; the runtime has raised the first to the second.
        ulong* limits = stackalloc ulong[2];
        return GetLimit(OperatingSystem.IsMacOS() ? 8 : 7 /* RLIMIT_NOFILE */, limits) == 0 && limits[0] < OpenFilesMin
            ? $"this process may open no more than {limits[0]} files; at least {OpenFilesMin} are needed. Raise the limit first: ulimit -n 1024"
            : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limits);

    // Not fcntl: its third argument is a variadic one, which is passed in another way on some systems.
    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request);
}
