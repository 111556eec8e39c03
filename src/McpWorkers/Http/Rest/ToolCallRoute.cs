using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http.Guard;
using McpWorkers.Mcp;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>
/// A tool by its name: <c>{name, arguments}</c> → <c>{result}</c>. The shapes are those that a Mahavishnu pool with remote workers reads
/// (mahavishnu/pools/session_buddy_pool.py): ids as a bare list, results as objects, errors by status.
/// </summary>
internal static class ToolCallRoute
{
    private const string Address = "/tools/call";

    // What such a pool takes as its base is often the address of the MCP endpoint.
    private const string BelowMcp = HttpDoor.McpPath + Address;

    private const string BodySchema =
        """{"type":"object","properties":{"name":{"type":"string"},"arguments":{"type":"object"}},"required":["name"]}""";

    private const string AnswerSchema =
        """{"type":"object","properties":{"result":{"description":"as the tool's text: a list of ids, a result, results in order"}},"required":["result"]}""";

    public static bool IsAt(PathString path) => path == Address || path == BelowMcp;

    public static IEnumerable<Route> Of(WorkerManager manager, ToolCatalog tools, Caller caller)
    {
        var route = new Route("POST", Address, "Calls a tool by its name. Its scope is the tool's.", call => CallAsync(call, manager, tools, caller))
        {
            BodySchema = BodySchema,
            AnswerSchema = AnswerSchema,
        };
        return [route, route.At(BelowMcp)];
    }

    private static async Task CallAsync(RouteCall call, WorkerManager manager, ToolCatalog tools, Caller caller)
    {
        var body = await HttpBody.ReadObjectAsync(call.Context);
        string name = body["name"] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : throw new RefusedException(RefusalCode.InvalidArgument, "'name' is missing; it must be the name of a tool.");
        var arguments = body["arguments"] switch
        {
            null => [],
            JsonObject given => given,
            _ => throw new RefusedException(RefusalCode.InvalidArgument, "'arguments' must be an object."),
        };

        // Asked before the tool is known to exist: who may not operate does not learn names either way, since reading them is free.
        var scope = tools.Find(name) is { ProtocolTool.Annotations.ReadOnlyHint: not true } ? TokenScope.Operate : TokenScope.Read;
        if (!await Refusal.AllowsAsync(call.Context, scope, name))
        {
            return;
        }

        if (name == "worker_execute_batch" && arguments.ContainsKey("tasks"))
        {
            await call.AnswerAsync(new JsonObject { ["result"] = await TaskBatch.RunAsync(manager, arguments, call.Aborted) });
            return;
        }

        var result = await tools.CallAsync(name, arguments, caller, call.Aborted);
        if (result.IsError == true && !IsData(result.StructuredContent))
        {
            await Refusals.WriteAsync(call.Context, result);
            return;
        }

        await call.AnswerAsync(new JsonObject { ["result"] = JsonNode.Parse(Refusals.TextOf(result)) });
    }

    /// <summary>A tool that failed in its own shape has answered.</summary>
    private static bool IsData(JsonElement? structured) => structured?.ValueKind == JsonValueKind.Object;
}
