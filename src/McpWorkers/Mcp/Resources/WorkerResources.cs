using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Workspaces;
using McpWorkers.Rendering;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.Resources;

/// <summary>Workers and runs as resources, through the eyes of one caller. What was read here does not count as collected.</summary>
internal sealed class WorkerResources(WorkerManager manager)
{
    private const int ListedMax = 200;

    // What a settled run said never changes, and it is nobody else's.
    private static readonly TimeSpan KeptLong = TimeSpan.FromHours(1);

    private readonly KeptPatch _patch = new();

    public void AddTo(McpServerOptions options)
    {
        options.Handlers.ListResourcesHandler = ListAsync;
        options.Handlers.ListResourceTemplatesHandler = (_, _) => ValueTask.FromResult(ResourceForms.Templates());
        options.Handlers.ReadResourceHandler = ReadAsync;
    }

    /// <summary>Whether the caller may see it now.</summary>
    public async Task<bool> ExistsAsync(ResourceAddress address, CancellationToken cancellationToken)
    {
        switch (address.Kind)
        {
            case ResourceKind.Workers:
                return true;
            case ResourceKind.Worker:
                return manager.List().Any(worker => worker.WorkerId == address.Id);
            default:
                try
                {
                    if (address.Kind is ResourceKind.Changes or ResourceKind.Diff)
                    {
                        manager.Workspaces.Get(address.Id);
                        return true;
                    }

                    await manager.FindRunAsync(address.Id, cancellationToken);
                    return true;
                }
                catch (RefusedException)
                {
                    return false;
                }
        }
    }

    /// <summary>-32602 with <c>data.uri</c>, as revision 2026-07-28 has it.</summary>
    public static McpProtocolException NotFound(string uri, string message)
    {
        var refusal = new McpProtocolException($"{uri}: {message}", McpErrorCode.InvalidParams);
        refusal.Data["uri"] = uri;
        return refusal;
    }

    /// <summary>The list, and each worker: those after the cursor, which is a worker's id.</summary>
    private ValueTask<ListResourcesResult> ListAsync(RequestContext<ListResourcesRequestParams> request, CancellationToken cancellationToken)
    {
        var workers = manager.List();
        int start = 0;
        if (request.Params?.Cursor is { } cursor)
        {
            start = workers.TakeWhile(worker => worker.WorkerId != cursor).Count() + 1;
            if (start > workers.Count)
            {
                throw new McpProtocolException($"Cursor '{cursor}' is not known: list again from the start.", McpErrorCode.InvalidParams);
            }
        }

        var page = workers.Skip(start).Take(ListedMax).ToList();
        return ValueTask.FromResult(new ListResourcesResult
        {
            Resources = [.. start == 0 ? [ResourceForms.Workers] : Array.Empty<Resource>(), .. page.Select(ResourceForms.Of)],
            NextCursor = start + page.Count < workers.Count ? page[^1].WorkerId : null,
            TimeToLive = TimeSpan.Zero,
            CacheScope = CacheScope.Private,
        });
    }

    private async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken)
    {
        string uri = request.Params?.Uri ?? "";
        if (!ResourceAddress.TryParse(uri, out var address))
        {
            throw NotFound(uri, $"There is no such resource. Readable are {ResourceForms.Names}.");
        }

        try
        {
            return address.Kind switch
            {
                ResourceKind.Workers => Json(uri, new JsonArray([.. manager.List().Select(worker => (JsonNode)WorkerView.Of(worker))]), TimeSpan.Zero),
                ResourceKind.Worker => Json(uri, WorkerOf(address), TimeSpan.Zero),
                ResourceKind.Run => await RunAsync(uri, address, cancellationToken),
                ResourceKind.Changes => Json(uri, WorkspaceForms.Whole(await manager.Workspaces.ChangesAsync(address.Id, cancellationToken)), TimeSpan.Zero),
                ResourceKind.Diff => await DiffAsync(uri, address, cancellationToken),
                ResourceKind.Output => await OutputAsync(uri, address, cancellationToken),
                _ => await LogAsync(uri, address, cancellationToken),
            };
        }
        catch (RefusedException refused)
        {
            throw NotFound(uri, refused.Message);
        }
    }

    private JsonObject WorkerOf(ResourceAddress address)
    {
        var worker = manager.List().FirstOrDefault(worker => worker.WorkerId == address.Id)
            ?? throw new RefusedException(RefusalCode.NotFound, $"Worker '{address.Id}' is not known; {ResourceAddress.WorkersUri} lists those there are.");
        var json = WorkerView.Of(worker);
        if (worker.RunId is { } runId)
        {
            json["result_uri"] = ResourceAddress.RunUri(runId);
            json["log_uri"] = ResourceAddress.LogUri(runId, 0);
        }

        return json;
    }

    private async Task<ReadResourceResult> RunAsync(string uri, ResourceAddress address, CancellationToken cancellationToken)
    {
        var run = await manager.FindRunAsync(address.Id, cancellationToken);
        return Json(uri, ResultView.Of(run.Result, manager.Settings.OutputInlineMax), run.IsSettled ? KeptLong : TimeSpan.Zero);
    }

    private async Task<ReadResourceResult> OutputAsync(string uri, ResourceAddress address, CancellationToken cancellationToken)
    {
        var run = await manager.FindRunAsync(address.Id, cancellationToken);
        var page = await manager.ReadOutputAsync(address.Id, address.Cursor, cancellationToken);
        var place = new JsonObject
        {
            ["cursor"] = page.Cursor,
            ["next_cursor"] = page.NextCursor,
            ["next_uri"] = page.NextCursor is { } next ? ResourceAddress.OutputUri(address.Id, next) : null,
            ["total_length"] = page.TotalLength,
        };
        return Of(new() { Uri = uri, MimeType = "text/plain", Text = page.Text, Meta = place }, run.IsSettled ? KeptLong : TimeSpan.Zero);
    }

    private async Task<ReadResourceResult> DiffAsync(string uri, ResourceAddress address, CancellationToken cancellationToken)
    {
        int length = address.Bytes > 0 ? address.Bytes : Math.Clamp(manager.Settings.OutputInlineMax, ResourceAddress.BytesMin, ResourceAddress.BytesMax);
        manager.Workspaces.Get(address.Id);
        var page = await _patch.ReadAsync(address, length, stream => manager.Workspaces.WritePatchAsync(address.Id, stream, cancellationToken));
        var place = new JsonObject
        {
            ["cursor"] = page.Cursor,
            ["next_cursor"] = page.NextCursor,
            ["next_uri"] = page.NextCursor is { } next ? ResourceAddress.DiffUri(address.Id, next, address.Bytes, page.Digest) : null,
            ["total_length"] = page.TotalLength,
            ["digest"] = page.Digest,
        };
        ResourceContents content = page.Text is { } text
            ? new TextResourceContents { Uri = uri, MimeType = "text/x-diff", Text = text, Meta = place }
            : BlobResourceContents.FromBytes(page.Bytes, uri, "text/x-diff");
        content.Meta = place;
        return new() { Contents = [content], TimeToLive = TimeSpan.Zero, CacheScope = CacheScope.Private };
    }

    private async Task<ReadResourceResult> LogAsync(string uri, ResourceAddress address, CancellationToken cancellationToken)
    {
        var page = await manager.ReadLogAsync(address.Id, address.Cursor, address.Lines, cancellationToken);
        return Json(uri, RunLogView.Of(page), page.IsOver ? KeptLong : TimeSpan.Zero);
    }

    private static ReadResourceResult Json(string uri, JsonNode json, TimeSpan timeToLive) =>
        Of(new() { Uri = uri, MimeType = "application/json", Text = json.ToJsonString(ResultJson.Relaxed) }, timeToLive);

    private static ReadResourceResult Of(TextResourceContents content, TimeSpan timeToLive) =>
        new() { Contents = [content], TimeToLive = timeToLive, CacheScope = CacheScope.Private };
}
