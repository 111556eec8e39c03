using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>What the processes of a run use: as its control groups count it, where they do; else as the process table tells.</summary>
internal sealed class TreeUse(RunProcesses processes, ProcessSnapshots snapshots)
{
    /// <summary>A look at a table that the run's observer reads anyway, and at some small files. What it costs depends on the run alone, not on how many there are.</summary>
    public ExecutionUse Read()
    {
        var (table, byId) = snapshots.RecentById();
        processes.Note(table);
        var tree = processes.Known(byId);
        var groups = processes.Cgroup?.Groups ?? [];
        return new(
            groups.Select(CgroupFiles.CpuUsed).FirstOrDefault(used => used is not null) ?? CpuOf(tree, byId),
            groups.Select(CgroupFiles.MemoryUsed).FirstOrDefault(used => used is not null) ?? tree.Sum(entry => entry.ResidentBytes),
            tree.Count);
    }

    /// <summary>Of the wrapper what it has waited for counts: the command itself, once that has ended.</summary>
    private TimeSpan CpuOf(IReadOnlyCollection<ProcessEntry> tree, IReadOnlyDictionary<int, ProcessEntry> byId)
    {
        var sum = TimeSpan.FromTicks(tree.Sum(entry => entry.Cpu.Ticks));
        return byId.TryGetValue(processes.Wrapper.Pid, out var wrapper) && wrapper.Key == processes.Wrapper ? sum + wrapper.Cpu : sum;
    }
}
