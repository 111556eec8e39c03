using McpWorkers.Mcp.News;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>An MCP server for one caller, and what it tells that caller unasked.</summary>
internal sealed class WorkerServer(McpServer server, SessionNews news) : IMcpServing
{
    public McpServer Server => server;

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => server.RunAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await news.DisposeAsync();
        await server.DisposeAsync();
    }
}
