using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Simulation;

/// <summary>Closes this process's standard output so that its reader sees the end of it.</summary>
internal static class StandardOutput
{
    private const string Descriptors = "/proc/self/fd";

    /// <summary>
    /// Closes the stream and the descriptor. The runtime keeps duplicates of its own, and a pipe ends only with the last of them: where the
    /// system lists a process's descriptors (Linux), those of the same pipe are closed too. Elsewhere the output is only silent.
    /// </summary>
    public static void Close(Stream stdout)
    {
        int[] duplicates = Duplicates();
        stdout.Dispose();
        foreach (int descriptor in duplicates)
        {
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        }
    }

    private static int[] Duplicates()
    {
        string? target = LinkOf("1");
        // Only pipes: a terminal or a file may be standard error as well.
        if (target is null || !target.StartsWith("pipe:", StringComparison.Ordinal))
        {
            return [];
        }

        return [.. new DirectoryInfo(Descriptors).EnumerateFileSystemInfos()
            .Where(entry => entry.LinkTarget == target && entry.Name != "2")
            .Select(static entry => int.Parse(entry.Name, CultureInfo.InvariantCulture))];
    }

    private static string? LinkOf(string descriptor)
    {
        string path = Path.Combine(Descriptors, descriptor);
        return OperatingSystem.IsLinux() ? new FileInfo(path).LinkTarget : null;
    }
}
