using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A process's memory, with what it shares counted in parts.</summary>
internal static class ProcessMemory
{
    private const int RollupBytesMax = 4 * 1024;

    /// <summary>Null for a process that is gone or another user's, and on systems that do not tell.</summary>
    public static long? ProportionalBytes(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // "Pss:                1234 kB"
        string text = Encoding.UTF8.GetString(ProcFile.Read($"/proc/{pid}/smaps_rollup", new byte[RollupBytesMax]));
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var amount, "kB"] && long.TryParse(amount, CultureInfo.InvariantCulture, out long kibi)
            ? kibi * 1024
            : null;
    }
}
