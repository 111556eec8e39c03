using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Tells the status of workers, and waits for it to change.</summary>
internal sealed class StatusWatch(WorkerHost host)
{
    /// <exception cref="RefusedException">Unknown worker, interval out of range.</exception>
    public async Task<IReadOnlyDictionary<string, WorkerStatus>> MonitorAsync(
        IReadOnlyList<string>? workerIds, TimeSpan interval, Caller caller, CancellationToken cancellationToken)
    {
        Arguments.CheckInterval(interval);

        // Activities change no status, and there are many of them.
        using var changes = host.Events.Subscribe(256, static fact => fact.Kind != WorkerEventKind.Activity);
        var workers = host.Registry.Find(workerIds, caller);
        var before = StatusOf(workers);
        if (before.Values.Any(status => status is WorkerStatus.Starting or WorkerStatus.Running))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(interval);
            try
            {
                while (StatusOf(workers).All(now => now.Value == before[now.Key]))
                {
                    await changes.Reader.ReadAsync(limit.Token);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The interval is over, and that nothing changed is the answer.
            }
        }

        return StatusOf(workers);
    }

    private static Dictionary<string, WorkerStatus> StatusOf(IReadOnlyList<Worker> workers) =>
        workers.ToDictionary(worker => worker.Id, worker => worker.Snapshot().Status);
}
