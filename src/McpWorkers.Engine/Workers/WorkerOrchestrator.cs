using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>Gives one task to N workers: spawns them, distributes, aggregates, closes.</summary>
public sealed class WorkerOrchestrator(WorkerManager manager, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs the same prompt on so many new workers at once and closes them again, whatever happens.</summary>
    /// <param name="workers">1–50.</param>
    /// <param name="workerType">Null for the default type.</param>
    /// <param name="cancellationToken">Cancelling it stops the runs and throws.</param>
    /// <exception cref="RefusedException">As for spawning and executing.</exception>
    public Task<OrchestrationResult> RunAsync(
        string prompt, int workers, string? workerType = null, ExecuteOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync([.. Enumerable.Repeat(prompt, Math.Max(workers, 0))], new SpawnRequest { WorkerType = workerType, Count = workers }, options, cancellationToken);

    /// <summary>Runs each prompt on a new worker of its own.</summary>
    /// <param name="spawn">The kind of workers; its count must be that of the prompts.</param>
    /// <inheritdoc cref="RunAsync(string, int, string?, ExecuteOptions?, CancellationToken)" path="/exception"/>
    public async Task<OrchestrationResult> RunAsync(
        IReadOnlyList<string> prompts, SpawnRequest spawn, ExecuteOptions? options = null, CancellationToken cancellationToken = default)
    {
        long begun = _time.GetTimestamp();
        var ids = await manager.SpawnAsync(spawn, cancellationToken);
        try
        {
            var results = await manager.ExecuteBatchAsync(ids, prompts, options, cancellationToken);
            var snapshots = manager.List().Where(worker => ids.Contains(worker.WorkerId)).ToList();
            var usages = snapshots.Select(worker => worker.Usage).OfType<Usage>().ToList();
            var costs = snapshots.Select(worker => worker.CostUsd).OfType<decimal>().ToList();
            return new()
            {
                Results = results,
                Succeeded = results.Count(result => result.IsSuccess),
                Failed = results.Count(result => !result.IsSuccess),
                Duration = _time.GetElapsedTime(begun),
                Usage = usages.Count > 0 ? usages.Aggregate((sum, usage) => sum + usage) : null,
                CostUsd = costs.Count > 0 ? costs.Sum() : null,
            };
        }
        finally
        {
            await Task.WhenAll(ids.Select(id => manager.CloseAsync(id, CancellationToken.None)));
        }
    }
}
