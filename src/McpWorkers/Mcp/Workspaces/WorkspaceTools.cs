using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Resources;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Workspaces;

/// <summary>The tools of the set <c>workspaces</c> that deal with what is there: look, merge, throw away.</summary>
internal static class WorkspaceTools
{
    /// <summary>Each look at a workspace's changes starts git.</summary>
    private const int LooksAtOnce = 4;

    public static ToolDefinition List { get; } = new(
        new Tool
        {
            Name = "workspace_list",
            Title = "List workspaces",
            Description = "The worktrees and clones of workers, also of closed ones, and what each holds. The patch is at diff_resource. With forecast: what "
                + "would collide if it were merged, file by file.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "worker_ids":{"type":"array","items":{"type":"string"},"description":"all if left out"},
                "forecast":{"type":"boolean","default":false},
                "into":{"type":"string","description":"branch, for the forecast; its own target if left out"}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(WorkspaceSchemas.List),
            Annotations = new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) => ToolAnswer.Of(await ListAsync(
            call.Manager.Workspaces, arguments.OptionalTexts("worker_ids"), arguments.Boolean("forecast", false), arguments.OptionalText("into"), arguments, cancellationToken)))
    {
        Set = ToolSetNames.Workspaces,
    };

    public static ToolDefinition Merge { get; } = new(
        new Tool
        {
            Name = "workspace_merge",
            Title = "Merge workspaces",
            Description = "Merge what workers did into the branch that they started from, in the order given; each whole or not at all. Stops at the first "
                + "that cannot be merged: status conflict, checks_failed or refused, and detail says what to do.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "worker_ids":{"type":"array","items":{"type":"string"}},
                "all":{"type":"boolean","default":false,"description":"all that hold something"},
                "into":{"type":"string","description":"another branch"},
                "squash":{"type":"boolean","default":false,"description":"as one commit"},
                "verify":{"type":"array","items":{"type":"string"},"description":"shell commands that must succeed on the result"}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(WorkspaceSchemas.Merged),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            var options = new MergeOptions
            {
                Into = arguments.OptionalText("into"),
                Squash = arguments.Boolean("squash", false),
                Verify = arguments.Commands("verify"),
            };
            var outcomes = await call.Manager.Workspaces.MergeAsync(arguments.Chosen("worker_ids"), options, cancellationToken);
            return ToolAnswer.Of(new JsonArray([.. outcomes.Select(outcome => (JsonNode)WorkspaceForms.Of(outcome))]));
        })
    {
        Set = ToolSetNames.Workspaces,
    };

    public static ToolDefinition Discard { get; } = new(
        new Tool
        {
            Name = "workspace_discard",
            Title = "Discard a workspace",
            Description = "Remove a workspace. What it held goes into the trash first; workspace_trash restores it.",
            InputSchema = WorkerTool.Schema(
                """{"type":"object","properties":{"worker_id":{"type":"string"}},"required":["worker_id"],"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(WorkspaceSchemas.Discarded),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            string workerId = arguments.Text("worker_id");
            var entry = await call.Manager.Workspaces.DiscardAsync(workerId, cancellationToken);
            return ToolAnswer.Of(new JsonObject
            {
                ["worker_id"] = workerId,
                ["trash_id"] = entry?.Id,
                ["file_count"] = entry?.Files ?? 0,
                ["bytes"] = entry?.Bytes ?? 0,
            });
        })
    {
        Set = ToolSetNames.Workspaces,
    };

    private static async Task<JsonArray> ListAsync(
        WorkspaceManager workspaces, IReadOnlyList<string>? ids, bool forecast, string? into, ToolArguments arguments, CancellationToken cancellationToken)
    {
        if (into is not null && !forecast)
        {
            throw arguments.Refuse("'into' is for the forecast only; give forecast: true too");
        }

        IReadOnlyList<WorkspaceView> views = ids is null ? workspaces.List() : [.. ids.Distinct().Select(workspaces.Get)];
        var items = views.Select(WorkspaceForms.Of).ToArray();
        await Parallel.ForAsync(
            0, views.Count, new ParallelOptions { MaxDegreeOfParallelism = LooksAtOnce, CancellationToken = cancellationToken },
            async (i, token) => await AddChangesAsync(workspaces, views[i].Id, items[i], token));
        if (forecast)
        {
            foreach (var ahead in await workspaces.ForecastAsync(ids is null ? null : [.. views.Select(view => view.Id)], into, cancellationToken))
            {
                // One that was made since the list is in none of the items.
                if (items.FirstOrDefault(item => item["worker_id"]!.GetValue<string>() == ahead.Id) is { } item)
                {
                    item["forecast"] = WorkspaceForms.Of(ahead);
                }
            }
        }

        return new([.. items]);
    }

    /// <summary>One that cannot be read, such as one whose folder is gone, must not hide the others.</summary>
    private static async Task AddChangesAsync(WorkspaceManager workspaces, string id, JsonObject item, CancellationToken cancellationToken)
    {
        try
        {
            item["changes"] = WorkspaceForms.Brief(await workspaces.ChangesAsync(id, cancellationToken));
            item["diff_resource"] = ResourceAddress.DiffUri(id);
        }
        catch (RefusedException unreadable)
        {
            item["error"] = unreadable.Message;
        }
    }
}
