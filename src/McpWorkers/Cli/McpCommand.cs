using System.CommandLine;

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
            // Asked to end: the runs are stopped with the host, within their grace.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var interrupts = environment.OnInterrupt(ending.Cancel);
            await using var manager = await environment.Engine(request, ending.Token);
            return await environment.Mcp(manager, ending.Token);
        });
        return command;
    }
}
