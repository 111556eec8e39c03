using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>
/// Measures the processes of a run once a second, for limits that no cgroup keeps. What is in files in memory (tmpfs, caches) does not count,
/// and what comes and goes between two looks is not seen.
/// </summary>
/// <param name="limits">Those to be watched.</param>
internal sealed class TreeWatch(RunProcesses processes, ProcessSnapshots snapshots, ResourceLimits limits)
{
    private IReadOnlyList<ProcessEntry>? _measured;

    /// <summary>Null while the run keeps them. Called often: a table that was looked at costs nothing.</summary>
    public LimitReached? Exceeded()
    {
        var table = snapshots.Recent();
        if (ReferenceEquals(table, _measured))
        {
            return null;
        }

        _measured = table;
        processes.Note(table);
        var tree = processes.Among(table);
        return Memory(tree) ?? Count(tree);
    }

    private LimitReached? Memory(IReadOnlyList<ProcessEntry> tree)
    {
        if (limits.MemoryBytes is not { } limit || tree.Sum(entry => entry.ResidentBytes) <= limit)
        {
            return null;
        }

        // Pages that several share, such as a program's code, are counted with each of them there; the exact sum takes long to make.
        long exact = tree.Sum(entry => ProcessMemory.ProportionalBytes(entry.Key.Pid) ?? entry.ResidentBytes);
        return exact > limit ? new(LimitKind.Memory, limit, exact) : null;
    }

    private LimitReached? Count(IReadOnlyList<ProcessEntry> tree) =>
        limits.Processes is { } limit && tree.Sum(entry => entry.Threads) is var count && count > limit ? new(LimitKind.Processes, limit, count) : null;
}
