namespace McpWorkers.Engine.Workers;

/// <summary>What a worker's processes use of the machine, as of the last look, which is at most five seconds old. Null for what cannot be told.</summary>
/// <param name="CpuPercent">Of one processor since the look before; a worker that keeps two busy has 200.</param>
/// <param name="MemoryBytes">In use by all of its processes.</param>
/// <param name="Processes">How many they are.</param>
public sealed record WorkerLoad(double? CpuPercent, long? MemoryBytes, int? Processes);
