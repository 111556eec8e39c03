using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A run that is processes of this machine.</summary>
/// <param name="sameBoot">The machine has not been started anew since the launch; else nothing of it can be there.</param>
internal sealed class ProcessBody(RunFiles files, RunProcesses processes, ProcessSnapshots snapshots, bool sameBoot, TimeProvider time) : IRunBody
{
    private readonly ProcessStopper _stopper = new(files, processes, time);

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

    public LimitReached? Exceeded() => null;

    public Task StopAsync(StopPlan plan, CancellationToken cancellationToken) => _stopper.StopAsync(plan, sameBoot, cancellationToken);

    public Task<int> ClearAsync() => _stopper.ClearAsync(sameBoot);

    public Task<BodyEnd> ConcludeAsync() => Task.FromResult(BodyEnd.Nothing);

    public Task EndInputAsync(CancellationToken cancellationToken) => new InputChannel(files, processes, time).EndAsync(cancellationToken);
}
