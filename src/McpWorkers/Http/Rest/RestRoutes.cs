using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http.Page;
using McpWorkers.Mcp;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Rest;

/// <summary>The verbs as REST: each is a tool, called by the arguments of address, query and body, and answers as the tool's text does.</summary>
internal static class RestRoutes
{
    private const string Base = "/api/v1";

    private static readonly RouteParameter WorkerIds = new("worker_ids", """{"type":"string"}""", "Ids, with commas between them; all if left out.");
    private static readonly RouteParameter Interval = new(
        "interval", """{"type":"number","minimum":0.1,"maximum":10,"default":1}""", "How long to wait for a change while a worker is at work, in seconds.");

    public static IEnumerable<Route> Of(WorkerManager manager, ToolCatalog tools, Caller caller)
    {
        Route Tool(string method, string path, string name)
        {
            var tool = tools.Find(name)!.ProtocolTool;
            return new(method, Base + path, tool.Description!, call => CallAsync(call, tools, caller))
            {
                Tool = name,
                Scope = tool.Annotations!.ReadOnlyHint == true ? TokenScope.Read : TokenScope.Operate,
            };
        }

        return
        [
            Tool("POST", "/workers", "worker_spawn") with { Status = StatusCodes.Status201Created },
            Tool("GET", "/workers", "worker_list"),
            new("GET", Base + "/workers/{worker_id}", "A worker as it is now.", call => call.AnswerAsync(WorkerView.Of(Find(manager, call.Path["worker_id"]))))
            {
                Scope = TokenScope.Read,
                AnswerSchema = OpenApiRoute.ItemSchemaOf(tools.Find("worker_list")!.ProtocolTool),
            },
            Tool("POST", "/workers/{worker_id}/execute", "worker_execute"),
            Tool("POST", "/workers/{worker_id}/cancel", "worker_cancel"),
            Tool("DELETE", "/workers/{worker_id}", "worker_close"),
            Tool("POST", "/batch", "worker_execute_batch"),
            Tool("GET", "/monitor", "worker_monitor") with { Query = [WorkerIds, Interval] },
            Tool("GET", "/results", "worker_collect_results") with { Query = [WorkerIds] },
            Tool("POST", "/close-all", "worker_close_all"),
            Tool("GET", "/health", "worker_health"),
            .. RunRoutes.Of(manager, Base),
            .. WorkspaceRoutes.Of(manager, tools, caller, Base, Tool),
            .. TaskRoutes.Of(Tool),
            .. RequestRoutes.Of(Tool),
        ];
    }

    /// <summary>The tool's text, which is JSON, as it is; a list is bare.</summary>
    public static Task AnswerAsync(HttpContext context, CallToolResult result, int status) =>
        HttpAnswer.WriteAsync(context, status, Encoding.UTF8.GetBytes(Refusals.TextOf(result)));

    private static async Task CallAsync(RouteCall call, ToolCatalog tools, Caller caller)
    {
        string name = call.Route.Tool!;
        // Who decided something is kept with it, and a person at the page is not a program.
        var by = PageSession.IsOf(call.Context) ? caller with { Kind = "page" } : caller;
        var result = await tools.CallAsync(name, await ArgumentsAsync(call), by, call.Aborted);
        if (result.IsError != true)
        {
            await AnswerAsync(call.Context, result, call.Route.Status);
        }
        else if (name == "worker_close" && ToolAnswer.CodeOf(result) is null && result.StructuredContent?.TryGetProperty("error", out var error) == true)
        {
            // The tool says so in its own shape, since closing what is closed harms nobody.
            await Refusals.WriteAsync(call.Context, RefusalCode.NotFound, error.GetString()!);
        }
        else
        {
            await Refusals.WriteAsync(call.Context, result);
        }
    }

    private static async Task<JsonObject> ArgumentsAsync(RouteCall call)
    {
        var arguments = call.Route.Method == "POST" ? await HttpBody.ReadObjectAsync(call.Context) : [];
        foreach (var (name, value) in call.Path)
        {
            if (arguments.ContainsKey(name))
            {
                throw new RefusedException(RefusalCode.InvalidArgument, $"'{name}' is in the address; it must not be in the body too.");
            }

            arguments[name] = value;
        }

        foreach (var parameter in call.Route.Query)
        {
            if (call.Query(parameter.Name) is { } text)
            {
                arguments[parameter.Name] = QueryValue.Of(parameter, text);
            }
        }

        return arguments;
    }

    private static WorkerSnapshot Find(WorkerManager manager, string workerId) =>
        manager.List().FirstOrDefault(worker => worker.WorkerId == workerId)
        ?? throw new RefusedException(RefusalCode.NotFound, $"Worker '{workerId}' is not known. GET {Base}/workers lists those that are.");
}
