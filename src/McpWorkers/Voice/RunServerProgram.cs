using System.Globalization;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Voice;

/// <summary>
/// A run's own MCP server (<c>mcpworkers run-server</c>): its agent starts it, and through it asks, reports and shares. It knows the daemon's socket and a
/// token for this one run, and outlives a daemon: it waits for the next one. Starts without dependency injection and settings, since each run has one.
/// </summary>
internal static class RunServerProgram
{
    /// <summary>The hidden word of the command line behind which it stands.</summary>
    public const string Subcommand = "run-server";

    private const string Instructions =
        """
        Your way to whoever gave you this work. Nobody sits at your terminal: what you need to know, ask with ask_controller, and go on with its answer.
        report_progress tells in a line how far you are. share_artifact points out a file that you made and that is worth looking at.
        """;

    private static readonly TimeSpan HoldDefault = TimeSpan.FromSeconds(50);

    /// <summary>Serves over standard input and output until the input ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync()
    {
        if (Variable(RunServer.TokenVariable) is not { } token || Variable(RunServer.HostVariable) is not { } host || !Path.IsPathRooted(host))
        {
            await Console.Error.WriteLineAsync($"mcpworkers: '{Subcommand}' is started by the agent of a run, with the variables of that run ({RunServer.TokenVariable}, {RunServer.HostVariable}).");
            return 2;
        }

        await using var link = new VoiceLink(host, token, TimeProvider.System);
        var tools = new VoiceTools(link, HoldOf(Variable(RunServer.HoldVariable)), (Variable(RunServer.ToolsVariable) ?? RunServer.Questions).Split(','), TimeProvider.System, Variable(RunServer.DirectoryVariable));
        await using var transport = new TellingTransport(new StdioServerTransport(RunServer.Name), tools.Sent);
        await using var server = McpServer.Create(transport, OptionsOf(tools));
        await server.RunAsync();
        return 0;
    }

    public static McpServerOptions OptionsOf(VoiceTools tools) => new()
    {
        ServerInfo = new Implementation { Name = RunServer.Name, Title = "McpWorkers, for this run", Version = McpServerFactory.ServerInfo.Version },
        ServerInstructions = Instructions,
        Capabilities = new() { Tools = new() },
        ScopeRequests = false,
        Handlers = new()
        {
            ListToolsHandler = (_, _) => ValueTask.FromResult(new ListToolsResult { Tools = [.. tools.List] }),
            CallToolHandler = tools.CallAsync,
        },
    };

    private static TimeSpan HoldOf(string? seconds) =>
        int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out int hold) && hold > 0 ? TimeSpan.FromSeconds(hold) : HoldDefault;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
