using System.Globalization;

namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>What the machine as a whole uses. Linux tells all of it; elsewhere processor time and memory in use are not asked for.</summary>
/// <param name="place">A directory on the disk that is meant; it need not exist yet.</param>
internal sealed class MachineReader(string place)
{
    private (long Busy, long Total) _before = Processors();

    /// <summary>A few small reads. Not for several threads at once: processor time is told since the call before.</summary>
    public MachineLoad Read()
    {
        var now = Processors();
        long total = now.Total - _before.Total;
        double? cpu = total > 0 ? Math.Clamp(100.0 * (now.Busy - _before.Busy) / total, 0, 100) : null;
        _before = now;
        var (memoryTotal, available) = Memory();
        var (free, size) = Disk();
        return new(Environment.ProcessorCount, cpu, memoryTotal - available, memoryTotal, free, size);
    }

    private static (long Busy, long Total) Processors()
    {
        // "cpu  user nice system idle iowait irq softirq steal guest guest_nice": the guests' time is in the user's already.
        string line = FirstLines("/proc/stat", 1).FirstOrDefault("");
        long[] ticks = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out long count) ? count : 0)];
        long total = ticks.Sum();
        return ticks.Length < 5 ? default : (total - ticks[3] - ticks[4], total);
    }

    private static (long? Total, long? Available) Memory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, null);
        }

        var lines = FirstLines("/proc/meminfo", 8);
        return (Kibibytes(lines, "MemTotal:"), Kibibytes(lines, "MemAvailable:"));
    }

    private static long? Kibibytes(IReadOnlyList<string> lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var amount, ..]
        && long.TryParse(amount, CultureInfo.InvariantCulture, out long kibi)
            ? kibi * 1024
            : null;

    private (long? Free, long? Size) Disk()
    {
        try
        {
            string? at = place;
            while (at is not null && !Directory.Exists(at))
            {
                at = Path.GetDirectoryName(at);
            }

            if (at is null)
            {
                return (null, null);
            }

            var drive = new DriveInfo(at);
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, null);
        }
    }

    private static IReadOnlyList<string> FirstLines(string path, int count)
    {
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Take(count)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
