using System.IO.Pipelines;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>The door to workers of this very process: the same server as the daemon's, over a pair of pipes.</summary>
internal static class InProcessDoor
{
    /// <summary>A connection that speaks MCP. Disposing it ends the serving; with <paramref name="endsManager"/> also the manager with its runs.</summary>
    /// <param name="log">For faults of ours.</param>
    /// <param name="tasks">The queue over that manager, which goes on; null for none.</param>
    public static Stream Open(
        WorkerManager manager, Caller caller, TextWriter log, TimeProvider time, bool endsManager = false, TaskManager? tasks = null)
    {
        var toServer = new Pipe();
        var toClient = new Pipe();
        var stop = new CancellationTokenSource();
        var serving = ServeAsync(new PassingStream(toServer.Reader.AsStream(), toClient.Writer.AsStream()), manager, tasks, caller, log, time, stop.Token);
        return new Connection(toClient.Reader.AsStream(), toServer.Writer.AsStream(), stop, serving, endsManager ? manager : null);
    }

    private static async Task ServeAsync(
        Stream stream, WorkerManager manager, TaskManager? tasks, Caller caller, TextWriter log, TimeProvider time, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            var servers = new McpServerFactory(manager, new ToolCatalog(manager, log, time, tasks), log, time);
            var methods = new WatchMethods(manager, time).For(caller);
            using var present = caller.DebugClient is { } client ? manager.Debug.Enter(client) : null;
            await new StreamSession(stream, servers, caller, toolSets: null, methods, static () => false, time).RunAsync(cancellationToken);
        }
    }

    /// <param name="ending">Ended with the connection; null where it goes on.</param>
    private sealed class Connection(Stream reading, Stream writing, CancellationTokenSource stop, Task serving, WorkerManager? ending)
        : PassingStream(reading, writing)
    {
        private int _disposed;

        public override async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            await base.DisposeAsync();
            await stop.CancelAsync();
            await serving;
            if (ending is not null)
            {
                await ending.DisposeAsync();
            }

            stop.Dispose();
        }
    }
}
