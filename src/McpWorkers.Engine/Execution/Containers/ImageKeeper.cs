using System.Collections.Concurrent;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Sees to it that an image is there before a container is made of it.</summary>
internal sealed class ImageKeeper
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _fetching = new();

    /// <param name="told">What the engine says while it fetches.</param>
    /// <exception cref="LaunchException">It is not to be had; the message says what can be done.</exception>
    public async Task EnsureAsync(IContainerEngine engine, string image, ImagePull pull, Action<string> told, CancellationToken cancellationToken)
    {
        if (await engine.FindImageAsync(image, cancellationToken) is not null)
        {
            return;
        }

        if (pull == ImagePull.Never)
        {
            throw new LaunchException(
                $"The engine at {engine.Address} has no image '{image}', and its worker type says that none is fetched. Fetch or build it, or let the type say pull: if_missing.");
        }

        // One at a time: whoever comes meanwhile finds it there.
        var turn = _fetching.GetOrAdd(image, _ => new(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (await engine.FindImageAsync(image, cancellationToken) is null)
            {
                await engine.PullAsync(image, told, cancellationToken);
            }
        }
        catch (EngineException e)
        {
            throw new LaunchException(
                $"The engine at {engine.Address} has no image '{image}', and fetching it failed: {e.Message.TrimEnd('.', '\n')}. Check the name, or fetch or build the image yourself.", e);
        }
        finally
        {
            turn.Release();
        }
    }
}
