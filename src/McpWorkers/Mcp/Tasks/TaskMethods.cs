#pragma warning disable MCPEXP002 // The library's hooks for extensions of the protocol: tasks are one, and there is no other way to serve them.
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.Tasks;

/// <summary>
/// Tasks on the wire: <c>tools/call</c> of a tool that runs prompts is answered with a task where the client declares the extension, and
/// <c>tasks/get</c>, <c>tasks/cancel</c> and <c>tasks/update</c> answer for it.
/// </summary>
internal sealed class TaskMethods(WorkerManager manager, ToolCatalog tools, WorkerTasks tasks)
{
    public void AddTo(McpServerOptions options)
    {
        options.Capabilities!.Extensions = new Dictionary<string, object> { [TaskCapability.Extension] = new JsonObject() };
        options.Filters.Request.CallToolWithAlternateFilters.Add(CallAsync);
        options.RequestHandlers =
        [
            .. options.RequestHandlers ?? [],
            Method("tasks/get", async (taskId, request, cancellationToken) =>
            {
                var task = await tasks.FindAsync(taskId, ClientQuestions.ShowsForms(request), cancellationToken) ?? throw Unknown(taskId);
                task["resultType"] = "complete";
                return task;
            }),
            Method("tasks/cancel", async (taskId, _, cancellationToken) =>
                await tasks.CancelAsync(taskId, cancellationToken) ? Acknowledged() : throw Unknown(taskId)),
            Method("tasks/update", async (taskId, request, cancellationToken) =>
                await tasks.UpdateAsync(taskId, ResponsesOf(request), cancellationToken) ? Acknowledged() : throw Unknown(taskId)),
        ];
    }

    private async ValueTask<ResultOrAlternate<CallToolResult>> CallAsync(
        RequestContext<CallToolRequestParams> request,
        McpRequestHandler<CallToolRequestParams, ResultOrAlternate<CallToolResult>> next,
        CancellationToken cancellationToken)
    {
        // A call that is made again has its runs already, and is answered as it was begun.
        if (!TaskCapability.IsDeclaredBy(request.JsonRpcRequest) || request.Params?.RequestState is not null || tools.Find(request.Params?.Name ?? "") is not { Runs: { } shape } tool)
        {
            return await next(request, cancellationToken);
        }

        CallTrace.Note(request.Params!.Meta);
        using var span = CallTrace.Begin(tool.ProtocolTool.Name, manager.Caller.Kind);
        return await tool.AnswerAsync<ResultOrAlternate<CallToolResult>?>(
            request.Params!.Arguments,
            async arguments =>
            {
                if (!shape.Waits(arguments))
                {
                    return null;
                }

                var items = await RunCall.SubmitAsync(shape, arguments, ToolCall.Of(manager, tasks: null, request));
                var created = await tasks.CreateAsync(tool.ProtocolTool.Name, items);
                return ResultOrAlternate<CallToolResult>.FromAlternate(created, TaskJson.Default.CreatedTask);
            },
            refusal => new(refusal),
            cancellationToken) ?? await next(request, cancellationToken);
    }

    private static Dictionary<string, InputResponse> ResponsesOf(JsonRpcRequest request)
    {
        var responses = new Dictionary<string, InputResponse>();
        foreach (var (key, said) in (request.Params as JsonObject)?["inputResponses"] as JsonObject ?? [])
        {
            responses[key] = new() { RawValue = JsonSerializer.SerializeToElement(said, TaskJson.Default.JsonNode) };
        }

        return responses;
    }

    private static McpServerRequestHandler Method(string name, Func<string, JsonRpcRequest, CancellationToken, Task<JsonObject>> answer) => new()
    {
        Method = name,
        // What the header Mcp-Name repeats over HTTP.
        RoutingNameParameter = "taskId",
        Handler = async (request, cancellationToken) =>
        {
            if (!TaskCapability.IsKnownTo(request))
            {
                throw new McpProtocolException($"Method '{name}' is not available in this revision of the protocol.", McpErrorCode.MethodNotFound);
            }

            if (!TaskCapability.IsDeclaredBy(request))
            {
                throw TaskCapability.Missing();
            }

            return (request.Params as JsonObject)?["taskId"] is JsonValue value && value.TryGetValue(out string? taskId)
                ? await answer(taskId, request, cancellationToken)
                : throw new McpProtocolException($"{name}: 'taskId' is missing; it must be a string.", McpErrorCode.InvalidParams);
        },
    };

    private static JsonObject Acknowledged() => new() { ["resultType"] = "complete" };

    private static McpProtocolException Unknown(string taskId) => new(
        $"Task '{(taskId.Length > 80 ? taskId[..80] + "…" : taskId)}' is not known, or no longer: worker_collect_results still gives the last results of the workers.",
        McpErrorCode.InvalidParams);
}
