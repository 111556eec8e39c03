using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Ends the processes of a run: asked first, then made to. The wrapper goes last, for it is the witness of how the command ended.</summary>
/// <param name="evidence">Kept before anything is killed or removed by which the kernel would tell it; null where nobody will ask for it.</param>
internal sealed class ProcessStopper(RunFiles files, RunProcesses processes, LimitEvidence? evidence, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WitnessPatience = TimeSpan.FromSeconds(2);

    /// <summary>Goes through the plan, then kills what is left; returns when nothing is.</summary>
    /// <exception cref="TimeoutException">Something does not even die when killed.</exception>
    public async Task StopAsync(StopPlan plan, bool sameBoot, CancellationToken cancellationToken)
    {
        if (!sameBoot)
        {
            return;
        }

        processes.NoteStopOfNested(files.Directory, time.GetUtcNow());
        foreach (var step in plan.Steps)
        {
            if (step.Signal == StopSignal.Kill)
            {
                Kill(processes.Living());
            }
            else
            {
                RunProcesses.Signal(processes.Living(), step.Signal);
            }

            if (await IsGoneAsync(step.Grace, cancellationToken))
            {
                break;
            }
        }

        await ClearAsync(sameBoot);
    }

    /// <summary>Kills whatever of the run is left. Returns how many processes there were.</summary>
    /// <exception cref="TimeoutException">Something does not even die when killed.</exception>
    public async Task<int> ClearAsync(bool sameBoot)
    {
        if (!sameBoot)
        {
            return 0;
        }

        var killed = new HashSet<ProcessKey>();
        long begun = time.GetTimestamp();
        long? alone = null;
        while (true)
        {
            // Asked first: a wrapper that lives may start its command right after the look at what there is.
            bool isWrapperGone = !processes.WrapperLives;
            var left = processes.Living();
            if (isWrapperGone && left.Count == 0)
            {
                break;
            }

            if (time.GetElapsedTime(begun) > KillPatience + WitnessPatience)
            {
                throw new TimeoutException($"Processes {Pids(left)} of '{files.Directory}' did not end when killed.");
            }

            // With its command gone the wrapper writes down the status and ends by itself, unless somebody has halted it.
            alone = left.Count == 0 ? alone ?? time.GetTimestamp() : null;
            if (alone is { } since && time.GetElapsedTime(since) > WitnessPatience)
            {
                RunProcesses.Signal([processes.Wrapper], StopSignal.Kill);
            }

            if (left.Count > 0)
            {
                processes.NoteStopOfNested(files.Directory, time.GetUtcNow());
                Kill(left);
                killed.UnionWith(left);
            }

            await Task.Delay(Poll, time);
        }

        processes.ReapWrapper();
        evidence?.Keep();
        processes.Release();
        return killed.Count;
    }

    private void Kill(IEnumerable<ProcessKey> living)
    {
        evidence?.Keep();
        processes.Kill(living);
    }

    private string Pids(IEnumerable<ProcessKey> left) =>
        string.Join(", ", left.Select(key => key.Pid).Append(processes.Wrapper.Pid));

    private async Task<bool> IsGoneAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < grace)
        {
            // While the wrapper lives its command is there, and it goes right after it: no need to walk over all processes.
            if (!processes.WrapperLives)
            {
                return true;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }

        return false;
    }
}
