using System.Globalization;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Which start of the machine this is: process ids and ticks of another one mean nothing.</summary>
internal static class HostBoot
{
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";
    private const string UptimePath = "/proc/uptime";

    /// <summary>Elsewhere than on Linux the start time, to the nearest ten seconds: clocks drift a little against each other.</summary>
    public static string Id { get; } = File.Exists(BootIdPath)
        ? File.ReadAllText(BootIdPath).Trim()
        : $"boot-{(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - Environment.TickCount64 + 5_000) / 10_000}";

    /// <summary>Seconds since boot, sleep included; null elsewhere than on Linux. The wrapper of a run reads the same file.</summary>
    public static double? Uptime => File.Exists(UptimePath) ? ParseUptime(File.ReadAllText(UptimePath).Split(' ')[0]) : null;

    public static double? ParseUptime(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
}
