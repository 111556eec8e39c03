using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>What the processes of a run use: as its control groups count it, where they do; else as the process table tells.</summary>
internal sealed class TreeUse(RunProcesses processes, ProcessSnapshots snapshots)
{
    /// <summary>A look at a table that the run's observer reads anyway, and at two or three small files.</summary>
    public ExecutionUse Read()
    {
        var table = snapshots.Recent();
        processes.Note(table);
        var tree = processes.Among(table);
        var groups = processes.Cgroup?.Groups ?? [];
        return new(
            groups.Select(CgroupFiles.CpuUsed).FirstOrDefault(used => used is not null) ?? CpuOf(table, tree),
            groups.Select(CgroupFiles.MemoryUsed).FirstOrDefault(used => used is not null) ?? tree.Sum(entry => entry.ResidentBytes),
            tree.Count);
    }

    /// <summary>Of the wrapper what it has waited for counts: the command itself, once that has ended.</summary>
    private TimeSpan CpuOf(IReadOnlyList<ProcessEntry> table, IReadOnlyList<ProcessEntry> tree)
    {
        long ticks = tree.Sum(entry => entry.Cpu.Ticks);
        return TimeSpan.FromTicks(ticks + table.Where(entry => entry.Key == processes.Wrapper).Sum(entry => entry.Cpu.Ticks));
    }
}
