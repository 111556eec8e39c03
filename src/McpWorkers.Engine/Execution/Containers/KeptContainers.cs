using System.Collections.Concurrent;
using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>The containers that workers keep for their runs.</summary>
internal sealed class KeptContainers
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>Makes the worker's container, or finds it.</summary>
    /// <param name="needImage">Called before one is made.</param>
    /// <returns>What is to be said, where one that was there could not be kept.</returns>
    /// <exception cref="EngineException">None can be had.</exception>
    public async Task<string?> EnsureAsync(IContainerEngine engine, string name, ContainerCreation creation, Func<Task> needImage, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(name, _ => new(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            var found = await engine.InspectAsync(name, cancellationToken);
            string? note = null;
            if (found is not null)
            {
                note = WhyNot(found, creation);
                if (note is null)
                {
                    return null;
                }

                await engine.RemoveAsync(name, cancellationToken);
            }

            await needImage();
            await engine.CreateAsync(name, creation, cancellationToken);
            try
            {
                await engine.StartAsync(name, cancellationToken);
            }
            catch
            {
                await engine.RemoveAsync(name, CancellationToken.None);
                throw;
            }

            return found is { State: ContainerState.Created } ? null : note;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>For a worker that is closed.</summary>
    public void Forget(string name) => _turns.TryRemove(name, out _);

    private static string? WhyNot(ContainerFacts found, ContainerCreation creation)
    {
        const string Gone = "a new one was made, and what was kept in it, outside of mounted directories, is gone.";
        return found.State != ContainerState.Running ? $"The worker's container had ended: {Gone}"
            : found.Labels.GetValueOrDefault(ContainerNames.ShapeLabel) != creation.Labels[ContainerNames.ShapeLabel]
                ? $"The worker's container was made with other settings: {Gone}"
            : null;
    }
}
