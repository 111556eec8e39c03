namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>The one engine of this host: looked for at the first need, and kept. Until one is found each need looks again.</summary>
internal sealed class EngineDoor(EngineSearch search) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile ContainerEngine? _engine;

    /// <exception cref="EngineException">None answers; the message holds the remedy.</exception>
    public async Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_engine is { } known)
        {
            return known;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            return _engine ??= await search.OpenAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _engine?.Dispose();
        _one.Dispose();
    }
}
