namespace McpWorkers.Engine.Workspaces;

internal sealed class WorkspaceSweep
{
    public Task RunAsync(Func<string, bool> hasWorker, Func<string, bool> isOwnerAlive, CancellationToken cancellationToken) => Task.CompletedTask;
}
