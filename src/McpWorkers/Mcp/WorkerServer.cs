using McpWorkers.Mcp.News;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>An MCP server for one caller, and what it tells that caller unasked.</summary>
internal sealed class WorkerServer(McpServer server) : IAsyncDisposable
{
    private readonly SessionNews? _news = SessionNews.Attach(server);

    public McpServer Server => server;

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => server.RunAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_news is not null)
        {
            await _news.DisposeAsync();
        }

        await server.DisposeAsync();
    }
}
