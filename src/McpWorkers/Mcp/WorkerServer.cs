using McpWorkers.Mcp.News;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>An MCP server for one caller, and what it tells that caller unasked.</summary>
/// <param name="news">Null for a server that tells nothing unasked.</param>
internal sealed class WorkerServer(McpServer server, SessionNews? news = null) : IAsyncDisposable
{
    public McpServer Server => server;

    /// <summary>Serves until the transport ends or the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => server.RunAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (news is not null)
        {
            await news.DisposeAsync();
        }

        await server.DisposeAsync();
    }
}
