using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Homes;

/// <summary>Ends what a host that is gone left running, and writes down what its runs came to.</summary>
internal static class AbandonedRuns
{
    private static readonly StopReason Reason = new(StopKind.OwnerEnded, "the host that owned the run is gone");

    /// <summary>Settles every run of the directory that is not settled. One that cannot be settled is left as it is.</summary>
    public static async Task SettleAsync(OwnerDirectory owner, ILauncher launcher, AgentCatalog agents, TimeProvider time)
    {
        if (!Directory.Exists(owner.RunsPath))
        {
            return;
        }

        foreach (string runDirectory in Directory.EnumerateDirectories(owner.RunsPath))
        {
            if (RunRecord.TryRead(runDirectory) is not { IsSettled: false } record || agents.Find(record.Run.Agent) is not { } agent)
            {
                continue;
            }

            try
            {
                var handle = await launcher.AdoptAsync(runDirectory, CancellationToken.None);
                await handle.StopAsync(Reason, null, CancellationToken.None);
                await RunExecutor.ObserveAsync(
                    handle, agent.NewReader(record.Before), record.Run, record.ReadBack, record.Warnings, SecretValues.None, Conclusion.Unlooked, CancellationToken.None);
            }
            catch (LaunchException e)
            {
                var never = new RunOutcome.LaunchFailed($"Its host was gone before it was launched. {e.Message}");
                RunRecord.Settle(runDirectory, ResultMaker.OfUnlaunched(record.Run, never, time.GetUtcNow()), null, SessionTotals.Zero);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException)
            {
                // The next start tries again: nothing of the run is said to be over before it is.
            }
        }
    }
}
