using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Makes a report of every way in which a run may come to its end, our own faults included.</summary>
internal static class RunGuard
{
    /// <returns>Null where the host goes first, and leaves the run going.</returns>
    public static async Task<RunReport?> GoAsync(PromptRun run, Func<Task<RunReport>> go, TimeProvider time, CancellationToken leaving)
    {
        try
        {
            return await go();
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (run.Stop is not null)
        {
            return Unlaunched(new RunOutcome.Cancelled(run.Stop.Detail));
        }
#pragma warning disable CA1031 // A fault of ours must end this run with its message, and not leave whoever waits for it waiting for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            string fault = $"Internal fault: {e.GetType().Name}: {e.Message}";
            if (run.Started is null)
            {
                return Unlaunched(new RunOutcome.LaunchFailed(fault));
            }

            // It ran: what it said is kept, and nobody can say how it ended.
            var lost = Unlaunched(new RunOutcome.Lost(fault));
            return lost with { Result = lost.Result with { Output = run.Progress.Text, Duration = run.Elapsed(time) } };
        }

        RunReport Unlaunched(RunOutcome outcome) => new(ResultMaker.OfUnlaunched(run.Identity, outcome, time.GetUtcNow()), null);
    }
}
