using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// Answers calls of short tools without making a server for them: such a call has one answer and nothing before it, and most of
/// what a server costs is for what such a call does not do. The answer is the same as the server's.
/// </summary>
internal sealed class DirectCalls(McpService service)
{
    private static readonly JsonTypeInfo<CallToolResult> ResultType = McpJsonUtilities.GetTypeInfo<CallToolResult>(McpJsonUtilities.DefaultOptions);

    private readonly JsonObject _server = JsonOf(service.ServerInfo);

    /// <summary>Whether nothing is asked for that only a server can give: progress, tasks, a log.</summary>
    /// <param name="toolSets">Those that the client chose; null where it chose none.</param>
    public bool Takes(PostedMessage posted, IReadOnlyList<string>? toolSets) =>
        service.CallDirectly is not null
        && posted is { Request: not null, Tool: { } tool }
        && posted.Parameters?["arguments"] is null or JsonObject
        && posted.Meta?["progressToken"] is null
        && posted.Meta?[MetaKeys.LogLevel] is null
        && service.IsShort(tool, toolSets);

    public async Task AnswerAsync(HttpContext context, PostedMessage posted, bool isModern, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        CallToolResult result;
        try
        {
            result = await service.CallDirectly!(posted.Tool!, posted.Parameters!["arguments"] as JsonObject, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }

        if (isModern)
        {
            result.ResultType = "complete";
            result.Meta ??= [];
            result.Meta[MetaKeys.ServerInfo] = _server.DeepClone();
        }

        var buffer = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("result");
            JsonSerializer.Serialize(json, result, ResultType);
            if (posted.Id.Id is long number)
            {
                json.WriteNumber("id", number);
            }
            else
            {
                json.WriteString("id", (string?)posted.Id.Id);
            }

            json.WriteString("jsonrpc", "2.0");
            json.WriteEndObject();
        }

        await HttpAnswer.WriteAsync(context, 200, buffer.WrittenMemory);
    }

    private static JsonObject JsonOf(Implementation server) =>
        JsonSerializer.SerializeToNode(server, McpJsonUtilities.GetTypeInfo<Implementation>(McpJsonUtilities.DefaultOptions))!.AsObject();
}
