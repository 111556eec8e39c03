using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Kills what carries an owner's marker although none of its run directories accounts for it.</summary>
public static class ProcessSweep
{
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(1);

    /// <summary>Returns how many processes were killed.</summary>
    /// <param name="ownerMark">The part of the marker that all runs of the owner share.</param>
    public static int KillAllOf(string ownerMark) => KillOver(ownerMark, _ => true).Count;

    /// <summary>
    /// For the start of a host: kills what the owner's runs that are over have left behind, as their markers and cgroups tell, and removes
    /// empty cgroups. Runs that go on are left alone, and so are other owners' with whatever is theirs.
    /// </summary>
    /// <param name="ownerMark">The part of the marker that all runs of the owner share.</param>
    /// <param name="isOver">Told a run's id: whether it is settled, or not known at all.</param>
    public static IReadOnlyList<SweptProcess> KillOver(string ownerMark, Func<string, bool> isOver)
    {
        ArgumentNullException.ThrowIfNull(isOver);
        var killed = new Dictionary<ProcessKey, string>();
        foreach (var (cgroup, runId) in RunCgroup.AllOf(ownerMark).Where(each => isOver(each.RunId)))
        {
            var members = MembersOf(cgroup);
            cgroup.Kill();
            foreach (var process in members)
            {
                killed[process] = runId;
            }

            // It can be removed once they are gone, which takes them an instant.
            SpinWait.SpinUntil(() => TryEmpty(cgroup), RemovalPatience);
            cgroup.Remove();
        }

        foreach (var (process, assignments) in ProcessTable.Marked(RunMarker.Of(ownerMark, "")))
        {
            // Of a run within a run its own marker decides: that run may go on for another caller's sake.
            string? runId = assignments.Select(assignment => RunMarker.RunOf(assignment, ownerMark)).FirstOrDefault(run => run is not null);
            if (runId is not null && process.Pid != Environment.ProcessId && isOver(runId))
            {
                RunProcesses.Signal([process], StopSignal.Kill);
                killed[process] = runId;
            }
        }

        return [.. killed.Select(each => new SweptProcess(each.Key.Pid, each.Value))];
    }

    private static bool TryEmpty(RunCgroup cgroup)
    {
        var left = MembersOf(cgroup);
        RunProcesses.Signal(left, StopSignal.Kill);
        return left.Count == 0;
    }

    private static IReadOnlyList<ProcessKey> MembersOf(RunCgroup cgroup) => [.. cgroup.Members().Where(process => process.Pid != Environment.ProcessId)];
}

/// <summary>A process that was killed because the run it belonged to is over.</summary>
public sealed record SweptProcess(int Pid, string RunId);
