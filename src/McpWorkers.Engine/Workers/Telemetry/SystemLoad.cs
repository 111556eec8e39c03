namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>What the machine, this host and its workers use, as of the last look, which is at most five seconds old.</summary>
/// <param name="Uptime">Of this host.</param>
/// <param name="Workers">Of those at work, by id.</param>
/// <param name="History">Oldest first, a point every five seconds, at most an hour of them.</param>
public sealed record SystemLoad(
    DateTimeOffset Time, TimeSpan Uptime, MachineLoad Machine, HostLoad Host, IReadOnlyDictionary<string, WorkerLoad> Workers, IReadOnlyList<LoadPoint> History);

/// <summary>Null for what the system does not tell.</summary>
/// <param name="Processors">Those that this host may use.</param>
/// <param name="CpuPercent">0–100, of all processors of the machine together.</param>
/// <param name="MemoryUsedBytes">What is not to be had for new work.</param>
/// <param name="DiskFreeBytes">Where the data directory is.</param>
public sealed record MachineLoad(
    int Processors, double? CpuPercent, long? MemoryUsedBytes, long? MemoryTotalBytes, long? DiskFreeBytes, long? DiskTotalBytes);

/// <summary>Of the process that this host is.</summary>
/// <param name="CpuPercent">Of one processor.</param>
public sealed record HostLoad(double? CpuPercent, long MemoryBytes);

/// <param name="CpuPercent">Of the machine, 0–100.</param>
/// <param name="Running">Runs that went on.</param>
public sealed record LoadPoint(DateTimeOffset Time, double? CpuPercent, long? MemoryUsedBytes, int Running);
