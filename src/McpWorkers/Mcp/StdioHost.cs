using McpWorkers.Engine.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>How long a stdio server goes on after the end of its input.</summary>
/// <param name="Answers">For requests that were read before the end to be answered.</param>
/// <param name="Stopping">For the runs that still go on then to be stopped, and their calls to be answered.</param>
internal sealed record StdioGrace(TimeSpan Answers, TimeSpan Stopping)
{
    /// <summary>Hosts commonly wait some seconds after they closed the input, and then kill.</summary>
    public static StdioGrace Default { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
}

/// <summary>Serves MCP over a pair of streams until the input ends: newline-delimited JSON-RPC, as over stdin and stdout.</summary>
internal static class StdioHost
{
    /// <summary>
    /// Returns after the end of input or the cancellation. At the end of input the requests that were read are answered first;
    /// runs that still go on after the grace are stopped, and their calls answered with what there was.
    /// </summary>
    /// <param name="toolSets">Those that the client chose; null for those of the settings.</param>
    /// <param name="log">For faults of ours.</param>
    public static async Task RunAsync(
        WorkerManager manager, IReadOnlyList<string>? toolSets, Stream input, Stream output, TextWriter log, StdioGrace grace, TimeProvider time, CancellationToken cancellationToken)
    {
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var serving = ServeAsync(manager, toolSets, input, output, log, grace, time, ending, cancellationToken);

        // Registered last, so called first: what else is told of it may wait for a write.
        await using var told = cancellationToken.Register(() => ending.TrySetResult());
        await Task.WhenAny(serving, ending.Task);

        // A client that reads nothing holds up whoever writes to it, and a write that waits cannot be cancelled: it is left behind. Nothing is
        // said of it, because the console lets nobody write to standard error meanwhile.
        if (await Task.WhenAny(serving, Task.Delay(grace.Stopping, time, CancellationToken.None)) == serving)
        {
            await serving;
        }
    }

    private static async Task ServeAsync(
        WorkerManager manager, IReadOnlyList<string>? toolSets, Stream input, Stream output, TextWriter log, StdioGrace grace, TimeProvider time, TaskCompletionSource ending,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var factory = new McpServerFactory(manager, new ToolCatalog(manager, log, time), log, time);
        var requests = new OpenRequests(time);
        WorkerServer? started = null;
        await using var transport = new StreamServerTransport(
            new EndOfInput(input, requests, () => FinishAsync(manager, requests, grace, ending, stop), RefuseAsync), output, "mcpworkers", NullLoggerFactory.Instance);
        await using var server = factory.Create(transport, manager.Caller, requests.Watch, toolSets);
        started = server;
        try
        {
            await server.RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of input, or whoever runs us.
        }

        Task RefuseAsync(JsonRpcError refusal) => started?.Server.SendMessageAsync(refusal, stop.Token) ?? Task.CompletedTask;
    }

    private static async Task FinishAsync(
        WorkerManager manager, OpenRequests requests, StdioGrace grace, TaskCompletionSource ending, CancellationTokenSource stop)
    {
        try
        {
            if (!await requests.WaitAsync(grace.Answers, stop.Token))
            {
                // Stopping the runs gives their calls a result; it is awaited through the calls' answers.
                var stopping = manager.DisposeAsync().AsTask();
                await requests.WaitAsync(grace.Stopping, stop.Token);
                await Task.WhenAny(stopping, Task.Delay(grace.Stopping, stop.Token));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ended from outside meanwhile.
        }

        ending.TrySetResult();
        await stop.CancelAsync();
    }
}
