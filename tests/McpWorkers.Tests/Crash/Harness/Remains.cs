using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Crash;

/// <summary>What of a data directory's runs is on the machine: found by the test's own walk, not by what the daemon says.</summary>
internal static class Remains
{
    /// <summary>Processes with a marker of the owner, or in a cgroup of one of its runs. Each in words.</summary>
    public static IReadOnlyList<string> Processes(string mark) =>
        [.. ProcessTable.Marked(RunMarker.Of(mark, ""))
            .Where(each => each.Assignments.Any(assignment => RunMarker.RunOf(assignment, mark) is not null))
            .Select(each => each.Process)
            .Union(RunCgroup.AllOf(mark).SelectMany(each => each.Cgroup.Members()))
            .Select(Describe)];

    public static int Cgroups(string mark) => RunCgroup.AllOf(mark).Count;

    /// <summary>Children of a process that have ended without its having taken note.</summary>
    public static IReadOnlyList<string> Zombies(int parent) =>
        [.. ProcessTable.Read().Where(entry => entry.IsZombie && entry.Parent == parent).Select(entry => Describe(entry.Key))];

    /// <summary>Waits, bounded, for a condition.</summary>
    public static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > limit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        return true;
    }

    /// <summary>A crash, if it is still the process that is meant.</summary>
    public static bool Kill(int pid, string command)
    {
        if (ProcessTable.Find(pid) is { IsZombie: false } && CommandOf(pid).Contains(command, StringComparison.Ordinal))
        {
            PosixSpawn.Send(pid, StopSignal.Kill);
            return true;
        }

        return false;
    }

    /// <summary>A crash of all that belongs to the owner's runs, as the end of the machine would be.</summary>
    public static void KillAll(string mark) => ProcessSweep.KillAllOf(mark);

    public static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Describe(ProcessKey process) => $"{process.Pid} {CommandOf(process.Pid)}";
}
