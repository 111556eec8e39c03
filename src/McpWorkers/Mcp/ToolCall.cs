using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>One call of a tool: through whose eyes it sees the workers, and whom it can tell of what goes on meanwhile.</summary>
internal sealed class ToolCall
{
    private readonly TaskManager? _tasks;

    private ToolCall(WorkerManager manager, TaskManager? tasks, CallListener? listener)
    {
        Manager = manager;
        _tasks = tasks;
        Listener = listener;
    }

    /// <summary>The caller's own view of the workers.</summary>
    public WorkerManager Manager { get; }

    /// <summary>The caller's own view of the queue, and of the schedules that add to it.</summary>
    /// <exception cref="RefusedException">This host has none.</exception>
    public TaskManager Tasks => _tasks?.As(Manager.Caller) ?? throw new RefusedException(
        RefusalCode.Unsupported, "There is no queue here: these workers end with the process that they live in. The daemon has one: leave out --in-process.");

    /// <summary>The ids of the tasks that go on, by worker; empty in a host without a queue.</summary>
    public IReadOnlyDictionary<string, string> TasksByWorker =>
        _tasks?.As(Manager.Caller).ByWorker().ToDictionary(each => each.Key, each => each.Value.TaskId) ?? [];

    /// <summary>Null where the call did not come over MCP: then nothing can be told before the answer.</summary>
    public CallListener? Listener { get; }

    /// <summary>How the call's client can be asked what its workers ask; null where the call did not come to an MCP server.</summary>
    public ClientQuestions? Questions { get; private init; }

    /// <summary>A call that came to an MCP server. Whose services name no caller serves the owner.</summary>
    public static ToolCall Of(WorkerManager manager, TaskManager? tasks, RequestContext<CallToolRequestParams> request) => new(
        manager.As(CallerServices.CallerOf(request.Services)),
        tasks,
        new(request.JsonRpcRequest.Id, request.Params?.ProgressToken, notice => request.Server.SendMessageAsync(notice, CancellationToken.None)))
    {
        Questions = ClientQuestions.Of(request),
    };

    /// <summary>A call that came without a server.</summary>
    public static ToolCall Of(WorkerManager manager, TaskManager? tasks, Caller caller, CallListener? listener) => new(manager.As(caller), tasks, listener);
}
