using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A run that is processes of this machine.</summary>
/// <param name="sameBoot">The machine has not been started anew since the launch; else nothing of it can be there.</param>
internal sealed class ProcessBody(
    RunFiles files, LaunchRecord launch, RunProcesses processes, LimitEvidence evidence, ProcessSnapshots snapshots, bool sameBoot, TimeProvider time) : IRunBody
{
    private readonly ProcessStopper _stopper = new(files, processes, evidence, time);
    private readonly IReadOnlyList<HeldLimit> _limits = LimitHolds.OfLaunch(launch.Limits, launch.LimitCgroups.Keys);
    private readonly TreeWatch? _tree = WatchOf(launch) is { } watched ? new(processes, snapshots, watched) : null;
    private readonly TreeUse _use = new(processes, snapshots);
    private readonly DiskWatch? _disk = launch.Limits.DiskBytes is { } disk ? new(launch.DiskPlaces, disk, time) : null;

    public bool HasEnded
    {
        get
        {
            // Not by the exit file: whatever stands there while the wrapper lives was not written by it, or is about to be the last that it does.
            if (sameBoot && processes.WrapperLives)
            {
                return false;
            }

            if (sameBoot)
            {
                processes.ReapWrapper();
            }

            return true;
        }
    }

    public void Note() => processes.Note(snapshots.Recent());

    public LimitReached? Exceeded() => sameBoot ? _tree?.Exceeded() ?? _disk?.Exceeded() : null;

    // Of a process the portable way tells little on Windows: nothing is better than half.
    public ExecutionUse? Measure() => sameBoot && !OperatingSystem.IsWindows() ? _use.Read() : null;

    public Task StopAsync(StopPlan plan, CancellationToken cancellationToken) => _stopper.StopAsync(plan, sameBoot, cancellationToken);

    public Task<int> ClearAsync() => _stopper.ClearAsync(sameBoot);

    public Task<BodyEnd> ConcludeAsync() => Task.FromResult(new BodyEnd(null, evidence.Read(), _limits, []));

    public Task EndInputAsync(CancellationToken cancellationToken) => new InputChannel(files, processes, time).EndAsync(cancellationToken);

    /// <summary>The limits that no cgroup keeps and that are seen by looking at the processes. Null where there are none.</summary>
    private static ResourceLimits? WatchOf(LaunchRecord launch)
    {
        var watched = new ResourceLimits
        {
            MemoryBytes = launch.LimitCgroups.ContainsKey(LimitKind.Memory) ? null : launch.Limits.MemoryBytes,
            Processes = launch.LimitCgroups.ContainsKey(LimitKind.Processes) ? null : launch.Limits.Processes,
        };
        return watched == ResourceLimits.None ? null : watched;
    }
}
