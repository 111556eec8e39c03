using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>What is served at the endpoint; the endpoint itself knows nothing of workers.</summary>
internal sealed record McpService
{
    /// <summary>A server over a transport, for one request or one session; with the tool sets that it chose, null where it chose none.</summary>
    public required Func<ITransport, IReadOnlyList<string>?, WorkerServer> NewServer { get; init; }

    /// <summary>What the servers say of themselves.</summary>
    public required Implementation ServerInfo { get; init; }

    /// <summary>Null for an unknown tool.</summary>
    public required Func<string, Tool?> FindTool { get; init; }

    /// <summary>Whether calls of this tool, where these sets have it, have one answer, soon, and nothing before it: then no server is made for them.</summary>
    public Func<string, IReadOnlyList<string>?, bool> IsShort { get; init; } = static (_, _) => false;

    /// <summary>Calls such a tool without a server.</summary>
    public Func<string, JsonObject?, CancellationToken, Task<CallToolResult>>? CallDirectly { get; init; }

    /// <summary>The scope that a message needs: tools that change nothing, and all that is no tool, are free to look at.</summary>
    public TokenScope ScopeOf(string method, string? tool) => method switch
    {
        "tools/call" when tool is not null && FindTool(tool) is { Annotations.ReadOnlyHint: not true } => TokenScope.Operate,
        "tasks/cancel" or "tasks/update" => TokenScope.Operate,
        _ => TokenScope.Read,
    };
}
