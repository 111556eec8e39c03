namespace McpWorkers.Engine.Execution;

/// <summary>What a command that goes on uses of the machine, with all that it started. Null for what cannot be told.</summary>
/// <param name="Cpu">Processor time until now. What ended and was waited for by nobody is missing in it, so it may go back a little.</param>
/// <param name="MemoryBytes">What its control group is charged with, without files that the kernel may drop; else the resident sizes added up,
/// in which memory that several share counts with each of them.</param>
/// <param name="Processes">Those that live.</param>
public sealed record ExecutionUse(TimeSpan? Cpu, long? MemoryBytes, int? Processes);
