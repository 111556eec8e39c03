using System.CommandLine;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Relay;

namespace McpWorkers.Cli;

/// <summary><c>mcpworkers mcp</c>: what an MCP host starts.</summary>
internal static class McpCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var inProcess = CommonOptions.InProcess();
        var command = new Command("mcp", "Run the MCP server over standard input and output; an MCP host starts this.") { inProcess };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed, parsed.GetValue(inProcess));
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var interrupts = environment.OnInterrupt(ending.Cancel);
            if (!request.InProcess)
            {
                return await RelayAsync(environment, request, ending.Token);
            }

            // Asked to end: the runs are stopped with the host, within their grace.
            await using var manager = await environment.Engine(request, ending.Token);
            return await environment.Mcp(manager, ending.Token);
        });
        return command;
    }

    /// <summary>Asked to end: it ends at once, and the runs go on at the daemon.</summary>
    private static async Task<int> RelayAsync(CliEnvironment environment, EngineRequest request, CancellationToken cancellationToken)
    {
        var door = environment.Daemon.Door(request, "mcp");
        var relay = new McpRelay(
            // Who comes back takes the daemon that is there: its settings may have been changed on purpose meanwhile.
            (isFirst, token) => DaemonDoor.OpenAsync(door with { TakesAnySettings = !isFirst }, token),
            environment.Daemon.Input(),
            environment.Daemon.Output(),
            environment.Error,
            new RelayLimits(),
            environment.Time);
        try
        {
            await relay.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As asked.
        }

        return ExitCodes.Success;
    }
}
