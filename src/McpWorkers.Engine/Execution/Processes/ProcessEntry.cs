namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A process, told from a later one with the same id by when it started.</summary>
/// <param name="Start">Start ticks on Linux, the start time as <c>ps</c> prints it elsewhere: only ever compared.</param>
internal readonly record struct ProcessKey(int Pid, string Start);

/// <param name="Session">The session's id; on macOS the process group's, since <c>ps</c> tells no session there.</param>
/// <param name="Threads">One where the system does not tell.</param>
/// <param name="ResidentBytes">Memory of its own and that which it shares with others; zero where the system does not tell.</param>
/// <param name="Cpu">
/// Processor time of its own and, on Linux, of those of its children that ended and that it has waited for: added up over a tree it counts
/// nothing twice, and goes on growing when processes end.
/// </param>
internal readonly record struct ProcessEntry(
    ProcessKey Key, int Parent, int Session, bool IsZombie, int Threads = 1, long ResidentBytes = 0, TimeSpan Cpu = default);
