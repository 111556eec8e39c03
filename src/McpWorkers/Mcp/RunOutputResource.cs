using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>A run's output, page by page. <c>_meta</c> of a page says its place, the whole length and the next page's address.</summary>
internal sealed class RunOutputResource(WorkerManager manager) : McpServerResource
{
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        UriTemplate = RunOutputUri.Template,
        Name = "run_output",
        Title = "Output of a run",
        Description = "A page of a run's output from a cursor (in characters, 0 by default). _meta.next_uri of a page names the next one.",
        MimeType = "text/plain",
    };

    public override Resource? ProtocolResource => null;

    public override IReadOnlyList<object> Metadata => [];

    public override bool IsMatch(string uri) => RunOutputUri.TryParse(uri, out _, out _);

    public override async ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        string uri = request.Params!.Uri;
        if (!RunOutputUri.TryParse(uri, out string runId, out long cursor))
        {
            return await RefuseAsync(request, cancellationToken);
        }

        try
        {
            var page = await manager.ReadOutputAsync(runId, cursor, cancellationToken);
            return new()
            {
                Contents = [new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = page.Text, Meta = Place(runId, page) }],
                // What a settled run said never changes, and it is nobody else's.
                TimeToLive = TimeSpan.FromHours(1),
                CacheScope = CacheScope.Private,
            };
        }
        catch (RefusedException refused)
        {
            throw NotReadable(uri, refused.Message);
        }
    }

    /// <summary>Answers for addresses of any other form.</summary>
    public static ValueTask<ReadResourceResult> RefuseAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken) =>
        throw NotReadable(request.Params?.Uri ?? "", $"There is no such resource. Readable are {RunOutputUri.Template}.");

    private static JsonObject Place(string runId, OutputPage page) => new()
    {
        ["cursor"] = page.Cursor,
        ["next_cursor"] = page.NextCursor,
        ["next_uri"] = page.NextCursor is { } next ? RunOutputUri.Of(runId, next) : null,
        ["total_length"] = page.TotalLength,
    };

    /// <summary>-32602 with <c>data.uri</c>, as revision 2026-07-28 has it.</summary>
    private static McpProtocolException NotReadable(string uri, string message)
    {
        var refusal = new McpProtocolException($"{uri}: {message}", McpErrorCode.InvalidParams);
        refusal.Data["uri"] = uri;
        return refusal;
    }
}
