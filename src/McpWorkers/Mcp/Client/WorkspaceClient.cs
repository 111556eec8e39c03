using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Resources;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Client;

/// <summary>Calls the tools of the set <c>workspaces</c>, and gives their own JSON back. Refusals come as with <see cref="WorkerClient"/>.</summary>
internal sealed class WorkspaceClient(RequestSender sender)
{
    private const string LookAtList = "'mcpworkers worktrees list' shows what is there.";
    private const string LookAtTrash = "'mcpworkers workers trash list' shows what is there.";

    /// <summary>As <c>workspace_list</c> gives them.</summary>
    /// <param name="ids">Null for all.</param>
    /// <param name="into">For the forecast; null for each one's own target.</param>
    public async Task<JsonArray> ListAsync(IReadOnlyList<string>? ids, bool forecast, string? into, CancellationToken cancellationToken)
    {
        var arguments = new JsonObject { ["forecast"] = forecast };
        if (ids is not null)
        {
            arguments["worker_ids"] = WorkspaceForms.Texts(ids);
        }

        if (into is not null)
        {
            arguments["into"] = into;
        }

        return (await sender.CallRepeatedlyAsync("workspace_list", arguments, cancellationToken)).AsArray();
    }

    /// <summary>All that one holds, as in a result's evidence.</summary>
    public async Task<JsonObject> ChangesAsync(string workerId, CancellationToken cancellationToken)
    {
        string? text = (await sender.ReadResourceAsync(ResourceAddress.ChangesUri(Checked(workerId)), cancellationToken))["text"]?.ToString();
        try
        {
            return JsonNode.Parse(text ?? "")!.AsObject();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UnansweredException("The daemon told the changes in a form that this version does not know.");
        }
    }

    /// <summary>Gives the patch, byte for byte, piece by piece.</summary>
    /// <exception cref="RefusedException">There is no such workspace, or it changed meanwhile: what was given is of no use.</exception>
    public async Task ReadPatchAsync(string workerId, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellationToken)
    {
        string? next = ResourceAddress.DiffUri(Checked(workerId), bytes: ResourceAddress.BytesMax / 4);
        while (next is not null)
        {
            var page = await sender.ReadResourceAsync(next, cancellationToken);
            await take(BytesOf(page));
            next = page["_meta"]?["next_uri"]?.ToString();
        }
    }

    /// <summary>What became of each that was tried.</summary>
    /// <param name="ids">Null for all that hold something.</param>
    public async Task<JsonArray> MergeAsync(IReadOnlyList<string>? ids, MergeOptions options, CancellationToken cancellationToken)
    {
        var arguments = Chosen("worker_ids", ids);
        arguments["squash"] = options.Squash;
        if (options.Into is not null)
        {
            arguments["into"] = options.Into;
        }

        if (options.Verify.Count > 0)
        {
            arguments["verify"] = WorkspaceForms.Texts(options.Verify);
        }

        return (await sender.ChangeAsync("workspace_merge", arguments, LookAtList, cancellationToken)).AsArray();
    }

    public async Task<JsonObject> DiscardAsync(string workerId, CancellationToken cancellationToken) =>
        (await sender.ChangeAsync("workspace_discard", new() { ["worker_id"] = workerId }, LookAtList, cancellationToken)).AsObject();

    /// <summary>The newest first.</summary>
    public async Task<JsonArray> TrashAsync(CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("workspace_trash", new() { ["action"] = "list" }, cancellationToken))["entries"]!.AsArray();

    /// <summary><c>{entry, files}</c>, all of them.</summary>
    public async Task<JsonObject> TrashFilesAsync(string trashId, CancellationToken cancellationToken)
    {
        var whole = new JsonObject();
        var files = new JsonArray();
        for (JsonNode? cursor = JsonValue.Create(0); cursor is not null;)
        {
            var arguments = new JsonObject { ["action"] = "show", ["trash_ids"] = WorkspaceForms.Texts([trashId]), ["cursor"] = cursor.DeepClone() };
            var page = await sender.CallRepeatedlyAsync("workspace_trash", arguments, cancellationToken);
            whole["entry"] = page["entry"]?.DeepClone();
            foreach (var file in page["files"]!.AsArray())
            {
                files.Add(file?.DeepClone());
            }

            cursor = page["next_cursor"];
        }

        whole["files"] = files;
        return whole;
    }

    /// <summary>The workspace that is there again.</summary>
    public async Task<JsonObject> RestoreAsync(string trashId, CancellationToken cancellationToken) => (await sender.ChangeAsync(
        "workspace_trash", new() { ["action"] = "restore", ["trash_ids"] = WorkspaceForms.Texts([trashId]) }, LookAtList, cancellationToken))["workspace"]!.AsObject();

    /// <param name="trashIds">Null for all.</param>
    /// <returns>How many were deleted.</returns>
    public async Task<int> EmptyTrashAsync(IReadOnlyList<string>? trashIds, CancellationToken cancellationToken)
    {
        var arguments = Chosen("trash_ids", trashIds);
        arguments["action"] = "empty";
        return (await sender.ChangeAsync("workspace_trash", arguments, LookAtTrash, cancellationToken))["deleted"]!.GetValue<int>();
    }

    private static ReadOnlyMemory<byte> BytesOf(JsonNode page)
    {
        try
        {
            return page["blob"]?.ToString() is { } blob ? Convert.FromBase64String(blob) : Encoding.UTF8.GetBytes(page["text"]?.ToString() ?? "");
        }
        catch (FormatException)
        {
            throw new UnansweredException("The daemon gave a page of the patch in a form that this version does not know.");
        }
    }

    private static JsonObject Chosen(string name, IReadOnlyList<string>? ids) => ids is null ? new() { ["all"] = true } : new() { [name] = WorkspaceForms.Texts(ids) };

    /// <summary>An id becomes part of an address: what cannot be one is not let into it.</summary>
    private static string Checked(string workerId) => workerId.Length > 0 && workerId.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        ? workerId
        : throw new RefusedException(RefusalCode.NotFound, $"There is no workspace '{workerId}'. {LookAtList}");
}
