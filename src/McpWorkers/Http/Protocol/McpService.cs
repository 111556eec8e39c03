using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>Calls a tool that there is. What the tool refuses is an error result.</summary>
/// <param name="listener">Who is told of what goes on before the answer; null for nobody.</param>
/// <exception cref="Engine.Model.RefusedException">The arguments cannot be read.</exception>
internal delegate Task<CallToolResult> DirectCall(string tool, JsonObject? arguments, CallListener? listener, CancellationToken cancellationToken);

/// <summary>What is served at the endpoint; the endpoint itself knows nothing of workers.</summary>
internal sealed record McpService
{
    /// <summary>A server over a transport, for one request or one session; with the tool sets that it chose, null where it chose none.</summary>
    public required Func<ITransport, IReadOnlyList<string>?, WorkerServer> NewServer { get; init; }

    /// <summary>What the servers say of themselves.</summary>
    public required Implementation ServerInfo { get; init; }

    /// <summary>Null for an unknown tool.</summary>
    public required Func<string, Tool?> FindTool { get; init; }

    /// <summary>Whether calls of this tool have one answer, soon, and nothing before it.</summary>
    public Func<string, bool> IsShort { get; init; } = static _ => false;

    /// <summary>Whether a tool is in the sets that a client chose, or gets where it chose none.</summary>
    public Func<string, IReadOnlyList<string>?, bool> IsChosen { get; init; } = static (_, _) => true;

    /// <summary>Calls a tool without a server; null where each call is to have one.</summary>
    public DirectCall? CallDirectly { get; init; }

    /// <summary>The scope that a message needs: tools that change nothing, and all that is no tool, are free to look at.</summary>
    public TokenScope ScopeOf(string method, string? tool) => method switch
    {
        "tools/call" when tool is not null && FindTool(tool) is { Annotations.ReadOnlyHint: not true } => TokenScope.Operate,
        "tasks/cancel" or "tasks/update" => TokenScope.Operate,
        _ => TokenScope.Read,
    };
}
