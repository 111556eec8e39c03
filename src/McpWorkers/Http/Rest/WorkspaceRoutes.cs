using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Http.Rest;

/// <summary>Workspaces and the trash: what the tools of the set <c>workspaces</c> do, whichever sets MCP clients get.</summary>
internal static class WorkspaceRoutes
{
    private static readonly RouteParameter WorkerIds = new("worker_ids", """{"type":"string"}""", "Ids, with commas between them; all if left out.");
    private static readonly RouteParameter Forecast = new("forecast", """{"type":"boolean","default":false}""", "Also what would collide if it were merged.");
    private static readonly RouteParameter Into = new("into", """{"type":"string"}""", "A branch, for the forecast; each one's own target if left out.");
    private static readonly RouteParameter Cursor = new("cursor", """{"type":"integer","minimum":0,"default":0}""", "next_cursor of the page before.");

    private const string EmptyBody =
        """
        {"type":"object","properties":{
        "trash_ids":{"type":"array","items":{"type":"string"}},
        "all":{"type":"boolean","default":false}
        },"additionalProperties":false}
        """;

    /// <param name="tool">Makes a route that a tool answers: method, path, the tool's name.</param>
    public static IEnumerable<Route> Of(WorkerManager manager, ToolCatalog tools, Caller caller, string path, Func<string, string, string, Route> tool) =>
    [
        tool("GET", "/workspaces", "workspace_list") with { Query = [WorkerIds, Forecast, Into] },
        tool("POST", "/workspaces/merge", "workspace_merge"),
        new("GET", path + "/workspaces/{worker_id}", "A workspace and all that it holds.", call => OneAsync(call, manager))
        {
            Scope = TokenScope.Read,
            AnswerSchema = WorkspaceSchemas.One,
        },
        tool("DELETE", "/workspaces/{worker_id}", "workspace_discard"),
        new("GET", path + "/workspaces/{worker_id}/diff", "What it holds as one patch that git apply takes; its bytes as they are.", call => DiffAsync(call, manager))
        {
            Scope = TokenScope.Read,
            AnswerType = "text/x-diff",
            AnswerSchema = """{"type":"string","format":"binary"}""",
        },
        new("GET", path + "/trash", "What was discarded, the newest first.", call => call.AnswerAsync(TrashTool.List(manager.Workspaces)["entries"]!.DeepClone()))
        {
            Scope = TokenScope.Read,
            AnswerSchema = WorkspaceSchemas.TrashEntries,
        },
        new("POST", path + "/trash/empty", "Deletes snapshots for good.", call => EmptyAsync(call, tools, caller))
        {
            Scope = TokenScope.Operate,
            BodySchema = EmptyBody,
            AnswerSchema = WorkspaceSchemas.Emptied,
        },
        new("GET", path + "/trash/{trash_id}", "A page of a snapshot's files.", call => ShowAsync(call, manager))
        {
            Scope = TokenScope.Read,
            Query = [Cursor],
            AnswerSchema = WorkspaceSchemas.TrashFiles,
        },
        new("POST", path + "/trash/{trash_id}/restore", "Makes a workspace again as it was; the snapshot stays.", call => RestoreAsync(call, manager))
        {
            Scope = TokenScope.Operate,
            BodySchema = """{"type":"object","properties":{},"additionalProperties":false}""",
            AnswerSchema = WorkspaceSchemas.View,
        },
    ];

    private static async Task OneAsync(RouteCall call, WorkerManager manager)
    {
        var json = WorkspaceForms.Of(manager.Workspaces.Get(call.Path["worker_id"]));
        json["changes"] = WorkspaceForms.Whole(await manager.Workspaces.ChangesAsync(call.Path["worker_id"], call.Aborted));
        await call.AnswerAsync(json);
    }

    /// <summary>As it comes: a patch may be longer than the memory. What goes wrong after its beginning ends the connection, so that it is not taken for whole.</summary>
    private static async Task DiffAsync(RouteCall call, WorkerManager manager)
    {
        // Refused before the head of a success is written.
        manager.Workspaces.Get(call.Path["worker_id"]);
        call.Context.Response.ContentType = call.Route.AnswerType;
        try
        {
            await manager.Workspaces.WritePatchAsync(call.Path["worker_id"], call.Context.Response.Body, call.Aborted);
        }
        catch (RefusedException) when (call.Context.Response.HasStarted)
        {
            call.Context.Abort();
        }
    }

    private static async Task ShowAsync(RouteCall call, WorkerManager manager) => await call.AnswerAsync(await TrashTool.ShowAsync(
        manager.Workspaces, call.Path["trash_id"], (int)RunRoutes.Whole(call, Cursor.Name, 0, 0, int.MaxValue), call.Aborted));

    private static async Task RestoreAsync(RouteCall call, WorkerManager manager)
    {
        if (await HttpBody.ReadObjectAsync(call.Context) is { Count: > 0 } body)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"'{body.First().Key}' is not known; restoring takes nothing in the body.");
        }

        await call.AnswerAsync(WorkspaceForms.Of(await manager.Workspaces.RestoreAsync(call.Path["trash_id"], call.Aborted)));
    }

    /// <summary>By the tool, which checks what is to be deleted.</summary>
    private static async Task EmptyAsync(RouteCall call, ToolCatalog tools, Caller caller)
    {
        var arguments = await HttpBody.ReadObjectAsync(call.Context);
        foreach (string taken in new[] { "action", "cursor" })
        {
            if (arguments.ContainsKey(taken))
            {
                throw new RefusedException(RefusalCode.InvalidArgument, $"'{taken}' is not known; known are trash_ids, all.");
            }
        }

        arguments["action"] = "empty";
        var result = await tools.CallAsync(TrashTool.Trash.Tool.Name, arguments, caller, call.Aborted);
        await (result.IsError == true ? Refusals.WriteAsync(call.Context, result) : RestRoutes.AnswerAsync(call.Context, result, call.Route.Status));
    }
}
