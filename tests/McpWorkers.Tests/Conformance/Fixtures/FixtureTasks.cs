using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

#pragma warning disable MCPEXP002 // The SDK's hooks for extensions.

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>How a tool goes with tasks.</summary>
/// <param name="IsRequired">The tool runs as a task only.</param>
/// <param name="Body">In place of the tool's own, for those that ask while they run.</param>
/// <param name="Before">Runs before there is a task; may ask by its answer.</param>
internal sealed record TaskUse(
    bool IsRequired,
    Func<FixtureTask, CancellationToken, Task<CallToolResult>>? Body = null,
    Action<RequestContext<CallToolRequestParams>>? Before = null);

/// <summary>The tasks extension for fixtures: <c>tasks/get</c>, <c>tasks/update</c>, <c>tasks/cancel</c>, and calls that become tasks.</summary>
internal sealed class FixtureTasks
{
    public const string Extension = "io.modelcontextprotocol/tasks";

    private readonly ConcurrentDictionary<string, FixtureTask> _tasks = new();
    private readonly Dictionary<string, TaskUse> _uses = [];

    public event Action<FixtureTask>? Changed;

    public void Use(string tool, TaskUse use) => _uses[tool] = use;

    public void Configure(McpServerOptions options)
    {
        options.RequestHandlers =
        [
            Handler("tasks/get", (task, _) => task.ToJson("complete")),
            Handler("tasks/update", (task, request) =>
            {
                foreach (var (key, value) in request.Params?["inputResponses"] as JsonObject ?? [])
                {
                    task.Answer(key, new InputResponse { RawValue = JsonSerializer.SerializeToElement(value) });
                }

                return new() { ["resultType"] = "complete" };
            }),
            Handler("tasks/cancel", (task, _) =>
            {
                task.Cancellation.Cancel();
                return new() { ["resultType"] = "complete" };
            }),
        ];
        options.Filters.Request.CallToolWithAlternateFilters.Add((context, next, cancellationToken) =>
            _uses.TryGetValue(context.Params?.Name ?? "", out var use) ? CallAsync(use, context, next, cancellationToken) : next(context, cancellationToken));
    }

    private async ValueTask<ResultOrAlternate<CallToolResult>> CallAsync(
        TaskUse use,
        RequestContext<CallToolRequestParams> context,
        McpRequestHandler<CallToolRequestParams, ResultOrAlternate<CallToolResult>> next,
        CancellationToken cancellationToken)
    {
        if (!Declares(context.JsonRpcRequest))
        {
            return use.IsRequired ? throw Missing() : await next(context, cancellationToken);
        }

        use.Before?.Invoke(context);
        var task = new FixtureTask(changed => Changed?.Invoke(changed));
        // Known before its handle is out.
        _tasks[task.Id] = task;
        var tool = (McpServerTool)context.MatchedPrimitive!;
        var (server, request, parameters) = (context.Server, context.JsonRpcRequest, context.Params!);
        _ = task.RunAsync(use.Body ?? (async (_, cancelled) =>
        {
            await Task.Yield();
            return await tool.InvokeAsync(new RequestContext<CallToolRequestParams>(server, request, parameters) { MatchedPrimitive = tool }, cancelled);
        }));
        var handle = task.ToJson("task");
        handle["status"] = "working";
        return ResultOrAlternate<CallToolResult>.FromAlternate(handle.Deserialize<TaskHandle>()!, (JsonTypeInfo<TaskHandle>)JsonSerializerOptions.Default.GetTypeInfo(typeof(TaskHandle)));
    }

    private McpServerRequestHandler Handler(string method, Func<FixtureTask, JsonRpcRequest, JsonObject> answer) => new()
    {
        Method = method,
        RoutingNameParameter = "taskId",
        Handler = (request, _) =>
        {
            if (request.Context?.ProtocolVersion != "2026-07-28")
            {
                throw new McpProtocolException($"Method '{method}' is not available.", McpErrorCode.MethodNotFound);
            }

            if (!Declares(request))
            {
                throw Missing();
            }

            string? id = request.Params?["taskId"]?.GetValue<string>();
            var task = id is not null && _tasks.TryGetValue(id, out var found) ? found : throw new McpProtocolException($"Unknown task '{id}'.", McpErrorCode.InvalidParams);
            return new ValueTask<JsonNode?>(answer(task, request));
        },
    };

    private static bool Declares(JsonRpcRequest request) =>
        request.Context is { ProtocolVersion: "2026-07-28", ClientCapabilities.Extensions: { } extensions } && extensions.ContainsKey(Extension);

    private static MissingRequiredClientCapabilityException Missing() => new(
        new ClientCapabilities { Extensions = new Dictionary<string, object> { [Extension] = new JsonObject() } }, $"This needs the client extension '{Extension}'.");
}
