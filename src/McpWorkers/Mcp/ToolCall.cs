using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>One call of a tool: through whose eyes it sees the workers, and whom it can tell of what goes on meanwhile.</summary>
internal sealed class ToolCall
{
    private ToolCall(WorkerManager manager, CallListener? listener)
    {
        Manager = manager;
        Listener = listener;
    }

    /// <summary>The caller's own view of the workers.</summary>
    public WorkerManager Manager { get; }

    /// <summary>Null where the call did not come over MCP: then nothing can be told before the answer.</summary>
    public CallListener? Listener { get; }

    /// <summary>A call that came to an MCP server. Whose services name no caller serves the owner.</summary>
    public static ToolCall Of(WorkerManager manager, RequestContext<CallToolRequestParams> request) => new(
        manager.As(CallerServices.CallerOf(request.Services)),
        new(request.JsonRpcRequest.Id, request.Params?.ProgressToken, notice => request.Server.SendMessageAsync(notice, CancellationToken.None)));

    /// <summary>A call that came without a server.</summary>
    public static ToolCall Of(WorkerManager manager, Caller caller, CallListener? listener) => new(manager.As(caller), listener);
}
