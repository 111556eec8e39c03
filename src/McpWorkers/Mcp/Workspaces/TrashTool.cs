using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Workspaces;

/// <summary><c>workspace_trash</c>: what was discarded, and the way back.</summary>
internal static class TrashTool
{
    /// <summary>A snapshot may hold all files of a repository: they are shown in pages.</summary>
    private const int FilesMax = 500;

    public static ToolDefinition Trash { get; } = new(
        new Tool
        {
            Name = "workspace_trash",
            Title = "Trash of workspaces",
            Description = "list: what was discarded; show: the files of one snapshot, in pages; restore: make the workspace again; empty: delete snapshots for "
                + "good, which nobody can undo: only when the user asks for it.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "action":{"type":"string","enum":["list","show","restore","empty"]},
                "trash_ids":{"type":"array","items":{"type":"string"},"description":"show and restore take one"},
                "all":{"type":"boolean","default":false,"description":"empty: all"},
                "cursor":{"type":"integer","minimum":0,"default":0,"description":"show: next_cursor of the page before"}
                },"required":["action"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(WorkspaceSchemas.Trash),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            var workspaces = call.Manager.Workspaces;
            string action = arguments.OptionalChoice("action", ["list", "show", "restore", "empty"]) ?? throw arguments.Refuse("'action' is missing; allowed are list, show, restore, empty");
            return ToolAnswer.Of(action switch
            {
                "list" => List(workspaces),
                "show" => await ShowAsync(workspaces, One(arguments, action), arguments.Integer("cursor", 0, 0, int.MaxValue), cancellationToken),
                "restore" => new() { ["workspace"] = WorkspaceForms.Of(await workspaces.RestoreAsync(One(arguments, action), cancellationToken)) },
                _ => new() { ["deleted"] = await workspaces.EmptyTrashAsync(arguments.Chosen("trash_ids"), cancellationToken) },
            });
        })
    {
        Set = ToolSetNames.Workspaces,
    };

    /// <summary><c>{entries}</c>, the newest first.</summary>
    public static JsonObject List(WorkspaceManager workspaces) => new()
    {
        ["entries"] = new JsonArray([.. workspaces.Trash().Select(entry => (JsonNode)WorkspaceForms.Of(entry))]),
    };

    /// <summary><c>{entry, files, next_cursor}</c>: a page of a snapshot's files.</summary>
    /// <param name="cursor">How many files come before it.</param>
    /// <exception cref="RefusedException">There is no such snapshot, or it cannot be read.</exception>
    public static async Task<JsonObject> ShowAsync(WorkspaceManager workspaces, string trashId, int cursor, CancellationToken cancellationToken)
    {
        var files = await workspaces.TrashFilesAsync(trashId, cancellationToken);
        var entry = workspaces.Trash().FirstOrDefault(entry => entry.Id == trashId)
            ?? throw new RefusedException(RefusalCode.NotFound, $"The snapshot '{trashId}' was deleted meanwhile.");
        long next = (long)cursor + FilesMax;
        return new()
        {
            ["entry"] = WorkspaceForms.Of(entry),
            ["files"] = new JsonArray([.. files.Skip(cursor).Take(FilesMax).Select(file => (JsonNode)WorkspaceForms.Of(file))]),
            ["next_cursor"] = next < files.Count ? next : null,
        };
    }

    private static string One(ToolArguments arguments, string action) => arguments.OptionalTexts("trash_ids") is [var id]
        ? id
        : throw arguments.Refuse($"{action} needs one id in 'trash_ids'; action list names them");
}
