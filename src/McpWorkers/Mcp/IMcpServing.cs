namespace McpWorkers.Mcp;

/// <summary>An MCP server over one transport, with all that lives as long as it does.</summary>
internal interface IMcpServing : IAsyncDisposable
{
    /// <summary>Serves until the transport ends or the token is cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
