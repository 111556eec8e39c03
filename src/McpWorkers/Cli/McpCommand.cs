using System.CommandLine;
using McpWorkers.Cli.Watch;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Relay;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli;

/// <summary><c>mcpworkers mcp</c>: what an MCP host starts.</summary>
internal static class McpCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var inProcess = CommonOptions.InProcess();
        var tools = new Option<string?>("--tools")
        {
            Description = $"The tool sets that the client gets, with commas between them: {string.Join(", ", ToolSetNames.All)}. [default: the setting mcp.tools]",
            HelpName = "SETS",
        };
        var command = new Command("mcp", "Run the MCP server over standard input and output; an MCP host starts this.") { tools, inProcess };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.DebuggableOf(parsed, parsed.GetValue(inProcess));
            var sets = parsed.GetValue(tools) is { } named ? ToolSetNames.Parse(named, "--tools") : null;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var interrupts = environment.OnInterrupt(ending.Cancel);
            if (!request.InProcess)
            {
                return await RelayAsync(environment, request, sets, ending.Token);
            }

            DebugView.SayPath(environment, request);

            // Asked to end: the runs are stopped with the host, within their grace.
            await using var manager = await environment.Engine(request, ending.Token);
            return await environment.Mcp(manager, sets, ending.Token);
        });
        return command;
    }

    /// <summary>Asked to end: it ends at once, and the runs go on at the daemon.</summary>
    private static async Task<int> RelayAsync(
        CliEnvironment environment, EngineRequest request, IReadOnlyList<string>? toolSets, CancellationToken cancellationToken)
    {
        var door = environment.Daemon.Door(request, "mcp") with { Tools = toolSets };
        var windows = Task.CompletedTask;
        var relay = new McpRelay(
            async (isFirst, token) =>
            {
                // Who comes back takes the daemon that is there: its settings may have been changed on purpose meanwhile.
                var open = await DaemonDoor.OpenAsync(door with { TakesAnySettings = !isFirst }, token);
                if (isFirst && request.DebugClient is not null)
                {
                    // Beside the relay: no host waits for its tools until a window is there.
                    windows = DebugView.WindowOrPathAsync(environment, request, token);
                }

                return open;
            },
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

        await Task.WhenAny(windows);
        return ExitCodes.Success;
    }
}
