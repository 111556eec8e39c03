using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Execute;

/// <summary>Stops this command's runs when a person asks for it: in order at first, at once when asked again or when it takes too long.</summary>
internal sealed class OrderlyStop(WorkerClient client, IReadOnlyList<string> workerIds, Interruption interruption, TimeProvider time)
{
    // The promise is five seconds for everything; killing and closing need the rest.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Returns when the work has finished, by itself or by being stopped: the workers that were stopped.</summary>
    /// <exception cref="UnansweredException">Nobody answers who could stop them.</exception>
    public async Task<IReadOnlyList<WorkerState>> WatchAsync(Task finished, IProgressView view)
    {
        await Task.WhenAny(finished, interruption.First);
        if (finished.IsCompleted)
        {
            return [];
        }

        WorkerState[] atWork =
        [
            .. (await client.StatesAsync(CancellationToken.None)).Where(worker => workerIds.Contains(worker.WorkerId) && !worker.Status.IsSettled()),
        ];
        view.Say($"Stopping {atWork.Length} of {workerIds.Count} workers. Interrupt again to kill them at once.");
        var stopping = StopAsync(atWork, force: false);
        await Task.WhenAny(stopping, interruption.Second, Task.Delay(Patience, time));
        if (!stopping.IsCompleted)
        {
            view.Say(interruption.Second.IsCompleted ? "Killing them." : "They do not stop when asked: killing them.");
            await StopAsync(atWork, force: true);
        }

        await stopping;
        return atWork;
    }

    private Task<JsonObject[]> StopAsync(IEnumerable<WorkerState> workers, bool force) =>
        Task.WhenAll(workers.Select(worker => client.CancelAsync(worker.WorkerId, force, CancellationToken.None)));
}
