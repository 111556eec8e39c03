using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>What is served at the endpoint; the endpoint itself knows nothing of workers.</summary>
internal sealed record McpService
{
    /// <summary>Makes a server for one request or one session. Whoever gets it runs and disposes it.</summary>
    public required Func<ITransport, IMcpServing> NewServer { get; init; }

    /// <summary>Who serves, for answers that no server gives.</summary>
    public required Implementation ServerInfo { get; init; }

    /// <summary>Null for an unknown tool.</summary>
    public required Func<string, Tool?> FindTool { get; init; }

    /// <summary>
    /// Calls a tool without a server: for tools that only look. Where it is missing, all calls go through a server.
    /// </summary>
    public Func<string, JsonObject?, CancellationToken, Task<CallToolResult>>? CallDirectly { get; init; }

    /// <summary>The scope that a message needs: tools that change nothing, and all that is no tool, are free to look at.</summary>
    public TokenScope ScopeOf(string method, string? tool) => method switch
    {
        "tools/call" when tool is not null && FindTool(tool) is { Annotations.ReadOnlyHint: not true } => TokenScope.Operate,
        "tasks/cancel" or "tasks/update" => TokenScope.Operate,
        _ => TokenScope.Read,
    };
}
