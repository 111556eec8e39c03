using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Ends workers: their runs first, then what is kept of them.</summary>
internal sealed class WorkerClosing(WorkerHost host)
{
    /// <param name="why">A line for a person.</param>
    /// <exception cref="RefusedException">The store cannot take it: the worker's runs are stopped, and the worker is still there.</exception>
    /// <returns>Whether a run was stopped.</returns>
    public async Task<bool> CloseAsync(Worker worker, string why, CancellationToken cancellationToken)
    {
        bool stopped = await worker.CloseAsync(new(StopKind.Cancelled, why)).WaitAsync(cancellationToken);
        await host.Launcher.ReleaseAsync(host.Home.Mark, worker.Id, cancellationToken);
        await WorkerHost.WriteAsync(() => host.Store.Workers.CloseAsync(worker.Id, why, host.Time.GetUtcNow()));
        try
        {
            host.Files.Drop(worker.Id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left of a closed worker is dropped at the next start.
        }

        await host.Places.CloseAsync(worker.Id);
        return stopped;
    }

    /// <summary>Where nobody waits for it: one that cannot be closed now is closed by the next upkeep or start.</summary>
    public async Task CloseQuietlyAsync(Worker worker, string why)
    {
        try
        {
            await CloseAsync(worker, why, CancellationToken.None);
        }
        catch (RefusedException)
        {
        }
    }
}
