namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Which start of the machine this is: process ids and ticks of another one mean nothing.</summary>
internal static class HostBoot
{
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>Elsewhere than on Linux the start time, to the nearest ten seconds: clocks drift a little against each other.</summary>
    public static string Id { get; } = File.Exists(BootIdPath)
        ? File.ReadAllText(BootIdPath).Trim()
        : $"boot-{(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - Environment.TickCount64 + 5_000) / 10_000}";
}
