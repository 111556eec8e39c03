using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Cli.Execute;

/// <summary>Stops this command's runs when a person asks for it: in order at first, at once when asked again or when it takes too long.</summary>
internal sealed class OrderlyStop(WorkerManager manager, IReadOnlyList<string> workerIds, Interruption interruption, TimeProvider time)
{
    private const string Reason = "interrupted";

    // The promise is five seconds for everything; killing and closing need the rest.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Returns when the work has finished, by itself or by being stopped: the workers that were stopped.</summary>
    public async Task<IReadOnlyList<WorkerSnapshot>> WatchAsync(Task finished, IProgressView view)
    {
        await Task.WhenAny(finished, interruption.First);
        if (finished.IsCompleted)
        {
            return [];
        }

        WorkerSnapshot[] atWork = [.. manager.List().Where(worker => workerIds.Contains(worker.WorkerId) && !worker.Status.IsSettled())];
        view.Say($"Stopping {atWork.Length} of {workerIds.Count} workers. Interrupt again to kill them at once.");
        var stopping = StopAsync(atWork, plan: null);
        await Task.WhenAny(stopping, interruption.Second, Task.Delay(Patience, time));
        if (!stopping.IsCompleted)
        {
            view.Say(interruption.Second.IsCompleted ? "Killing them." : "They do not stop when asked: killing them.");
            await StopAsync(atWork, StopPlan.KillNow);
        }

        await stopping;
        return atWork;
    }

    private Task<bool[]> StopAsync(IEnumerable<WorkerSnapshot> workers, StopPlan? plan) =>
        Task.WhenAll(workers.Select(worker => manager.CancelAsync(worker.WorkerId, Reason, plan)));
}
