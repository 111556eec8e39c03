using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Removes containers that nobody needs any more, and what was shared with them.</summary>
internal sealed class ContainerSweep(Func<CancellationToken, Task<IContainerEngine>> connect, SharedDirectories shared)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Costs nothing for a worker that never had one.</summary>
    public async Task ReleaseAsync(string ownerMark, string workerId, CancellationToken cancellationToken)
    {
        string name = ContainerNames.OfWorker(ownerMark, workerId);
        if (!Directory.Exists(shared.Of(name)))
        {
            return;
        }

        try
        {
            var engine = await connect(cancellationToken);
            await engine.RemoveAsync(name, cancellationToken);
            shared.Drop(name);
        }
        catch (EngineException)
        {
            // The engine is away; the directory stays, and tells the next sweep.
        }
    }

    private static async Task TryRemoveAsync(IContainerEngine engine, string container, CancellationToken cancellationToken)
    {
        try
        {
            await engine.RemoveAsync(container, cancellationToken);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            // It does not go; the others should.
        }
    }

    public async Task SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken)
    {
        if (!shared.IsUsed)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var engine = await connect(limit.Token);
            var owner = new Dictionary<string, string> { [ContainerNames.OwnerLabel] = ownerMark };
            foreach (var container in await engine.ListAsync(owner, limit.Token))
            {
                bool isOver = container.Labels.TryGetValue(ContainerNames.RunLabel, out string? run)
                    ? isRunOver(run)
                    : isWorkerOver(container.Labels.GetValueOrDefault(ContainerNames.WorkerLabel, ""));
                if (isOver)
                {
                    await TryRemoveAsync(engine, container.Id, limit.Token);
                }
            }

            foreach (string name in shared.Containers().Where(name => ContainerNames.WorkerOf(name, ownerMark) is { } worker && isWorkerOver(worker)))
            {
                shared.Drop(name);
            }
        }
        catch (Exception e) when (e is EngineException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // No engine, none that answers: then there is nothing that could be removed now.
        }
    }
}
