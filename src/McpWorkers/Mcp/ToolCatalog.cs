using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Queue;
using McpWorkers.Mcp.Requests;
using McpWorkers.Mcp.Tools;
using McpWorkers.Mcp.Workspaces;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>The tools over one manager, for every door: MCP servers list them, others call them by name.</summary>
internal sealed class ToolCatalog
{
    private static readonly JsonTypeInfo<IDictionary<string, JsonElement>> ArgumentsType =
        McpJsonUtilities.GetTypeInfo<IDictionary<string, JsonElement>>(McpJsonUtilities.DefaultOptions);

    private readonly WorkerManager _manager;
    private readonly TaskManager? _tasks;
    private readonly Dictionary<string, WorkerTool> _byName;

    /// <param name="log">For faults of ours; never a stream that carries the protocol.</param>
    /// <param name="tasks">The queue; null for a host that has none.</param>
    public ToolCatalog(WorkerManager manager, TextWriter log, TimeProvider time, TaskManager? tasks = null)
    {
        _manager = manager;
        _tasks = tasks;
        var asking = new AskingCalls(new CallProgress(time), new CallSeal(manager.Settings.DataDirectory), time);
        var meter = new ToolMeter(manager.Meter.Meter, time);
        Func<ToolDefinition, WorkerTool> tool = definition => new WorkerTool(definition, manager, tasks, log, meter);
        All =
        [
            tool(LifeTools.Spawn),
            tool(RunTools.Execute(asking)),
            tool(RunTools.ExecuteBatch(asking)),
            tool(WatchTools.List),
            tool(WatchTools.Monitor),
            tool(WatchTools.Collect),
            tool(LifeTools.Cancel),
            tool(LifeTools.Close),
            tool(LifeTools.CloseAll),
            tool(WatchTools.Health),
            tool(WorkspaceTools.List),
            tool(WorkspaceTools.Merge),
            tool(WorkspaceTools.Discard),
            tool(TrashTool.Trash),
            tool(TaskTools.Add(time)),
            tool(TaskTools.List),
            tool(TaskTools.Show),
            tool(TaskLogTool.Log),
            tool(TaskTools.Wait),
            tool(TaskChangeTools.Edit(time)),
            tool(TaskChangeTools.Cancel),
            tool(TaskChangeTools.Retry),
            tool(QueueTools.Status),
            tool(QueueTools.Control),
            tool(ScheduleTools.Add),
            tool(ScheduleTools.List),
            tool(ScheduleTools.Control),
            tool(RequestTools.List),
            tool(RequestTools.Show),
            tool(RequestTools.Answer),
        ];
        _byName = All.ToDictionary(one => one.ProtocolTool.Name);
    }

    /// <summary>In the order in which they are used.</summary>
    public IReadOnlyList<WorkerTool> All { get; }

    /// <summary>Those of some sets, in the order in which they are used.</summary>
    public IEnumerable<WorkerTool> Of(IReadOnlyList<string> sets) => All.Where(tool => sets.Contains(tool.Set));

    /// <summary>
    /// The sets that a session gets: those that it chose, else the settings' own. A person at a command line chooses among verbs, so it has all.
    /// </summary>
    public IReadOnlyList<string> SetsOf(Caller caller, IReadOnlyList<string>? chosen) =>
        chosen ?? (caller.Kind == "cli" ? ToolSetNames.All : _manager.Settings.ToolSets);

    /// <summary>What to tell who calls a tool that these sets do not have.</summary>
    public string WhyUnknown(string name, IReadOnlyList<string> sets) => Find(name) is { } other
        ? $"Unknown tool: '{name}'. It belongs to the tool set '{other.Set}', and this client has {string.Join(", ", sets)}. The user can add it: "
            + $"mcpworkers mcp --tools {string.Join(',', ToolSetNames.All.Where(set => sets.Contains(set) || set == other.Set))}, the same with ?tools= over HTTP, or the setting mcp.tools."
        : $"Unknown tool: '{(name.Length > 80 ? name[..80] + "…" : name)}'. Known: {string.Join(", ", Of(sets).Select(tool => tool.ProtocolTool.Name))}.";

    /// <summary>Of the tasks of all clients, whichever server asks for them.</summary>
    public LeftRequests Left { get; } = new();

    /// <summary>Null where there is no such tool.</summary>
    public WorkerTool? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Calls a tool for somebody who is no MCP client. What the tool refuses is an error result, as over MCP.</summary>
    /// <exception cref="RefusedException">There is no such tool, or the arguments hold what is no text.</exception>
    public Task<CallToolResult> CallAsync(string name, JsonObject? arguments, Caller caller, CancellationToken cancellationToken) =>
        CallAsync(name, arguments, caller, listener: null, cancellationToken);

    /// <inheritdoc cref="CallAsync(string, JsonObject?, Caller, CancellationToken)"/>
    /// <param name="listener">Who is told of what goes on before the answer; null for nobody.</param>
    public Task<CallToolResult> CallAsync(string name, JsonObject? arguments, Caller caller, CallListener? listener, CancellationToken cancellationToken)
    {
        var tool = Find(name)
            ?? throw new RefusedException(RefusalCode.NotFound, $"Tool '{name}' is not known. Known: {string.Join(", ", _byName.Keys)}.");
        return tool.CallAsync(Read(arguments), ToolCall.Of(_manager, _tasks, caller, listener), cancellationToken);
    }

    /// <summary>As the protocol library reads them: of a name that comes twice, the last counts.</summary>
    private static IDictionary<string, JsonElement>? Read(JsonObject? arguments)
    {
        try
        {
            return arguments?.Deserialize(ArgumentsType);
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, RequestFaults.HalfOfASurrogatePair);
        }
    }
}
