using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Ends the processes of a run: asked first, then made to. The wrapper goes last, for it is the witness of how the command ended.</summary>
internal sealed class ProcessStopper(RunFiles files, RunProcesses processes, TimeProvider time)
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

        foreach (var step in plan.Steps)
        {
            if (step.Signal == StopSignal.Kill)
            {
                processes.Kill(processes.Living());
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
        for (var left = processes.Living(); left.Count > 0; left = processes.Living())
        {
            if (time.GetElapsedTime(begun) > KillPatience)
            {
                throw new TimeoutException($"Processes {string.Join(", ", left.Select(key => key.Pid))} of '{files.Directory}' did not end when killed.");
            }

            processes.Kill(left);
            killed.UnionWith(left);
            await Task.Delay(Poll, time);
        }

        await EndWrapperAsync();
        processes.Release();
        return killed.Count;
    }

    private async Task EndWrapperAsync()
    {
        long begun = time.GetTimestamp();
        while (processes.WrapperLives)
        {
            // With its command gone it writes down the status and ends by itself, unless somebody has halted it.
            if (time.GetElapsedTime(begun) > WitnessPatience)
            {
                RunProcesses.Signal([processes.Wrapper], StopSignal.Kill);
            }

            if (time.GetElapsedTime(begun) > WitnessPatience + KillPatience)
            {
                throw new TimeoutException($"The wrapper {processes.Wrapper.Pid} of '{files.Directory}' did not end when killed.");
            }

            await Task.Delay(Poll, time);
        }

        processes.ReapWrapper();
    }

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
