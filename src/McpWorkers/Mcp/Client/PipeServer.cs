using McpWorkers.Engine.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.Client;

/// <summary>The workers' tools for a client in the same process. The end of its input ends the serving, and stops no run.</summary>
internal static class PipeServer
{
    /// <param name="log">For faults of ours.</param>
    public static async Task RunAsync(
        WorkerManager manager, Caller caller, Stream input, Stream output, TextWriter log, TimeProvider time, CancellationToken cancellationToken)
    {
        var factory = new McpServerFactory(manager, new ToolCatalog(manager, log, time), log, time);
        await using var transport = new StreamServerTransport(input, output, "mcpworkers", NullLoggerFactory.Instance);
        await using var server = factory.Create(transport, caller);
        try
        {
            await server.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client is gone.
        }
    }
}
