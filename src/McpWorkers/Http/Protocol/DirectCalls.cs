using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpWorkers.Engine.Model;
using McpWorkers.Http.Guard;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Tasks;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// Answers calls of tools without making a server for them: most of what a server costs is for what such a call does not do. The answer,
/// and what comes before it, is the same as the server's.
/// </summary>
internal sealed class DirectCalls(McpService service, HttpOptions options, BearerTokens? tokens, CancellationToken stopping)
{
    private static readonly JsonTypeInfo<CallToolResult> ResultType = McpJsonUtilities.GetTypeInfo<CallToolResult>(McpJsonUtilities.DefaultOptions);

    private readonly JsonObject _server = JsonOf(service.ServerInfo);

    /// <summary>
    /// Whether nothing is asked for that only a server can give: a log, a task, or, within a session, an answer that is kept when its
    /// stream is lost.
    /// </summary>
    /// <param name="toolSets">Those that the client chose; null where it chose none.</param>
    public bool Takes(PostedMessage posted, bool isModern, IReadOnlyList<string>? toolSets) =>
        service.CallDirectly is not null
        && posted is { Request: not null, Tool: { } tool }
        && posted.Parameters?["arguments"] is null or JsonObject
        && posted.Meta?["progressToken"] is var token && (token is null || ProgressOf(token) is not null)
        && posted.Meta?[MetaKeys.LogLevel] is null
        && posted.Parameters?["requestState"] is null
        && service.IsChosen(tool, toolSets)
        && (service.IsShort(tool) || (isModern && service.FindTool(tool) is not null && !DeclaresTasks(posted) && !DeclaresForms(posted)));

    public async Task AnswerAsync(HttpContext context, PostedMessage posted, bool isModern)
    {
        if (service.IsShort(posted.Tool!))
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            if (await CallAsync(posted, isModern, listener: null, end.Token) is { } message)
            {
                await HttpAnswer.WriteAsync(context, 200, message);
            }

            return;
        }

        using var answer = new OneAnswer(context);
        // Closing the connection is how a client of this revision cancels.
        await using var life = new StreamLife(context, tokens, options, stopping, answer.KeepAliveAsync);
        var listener = new CallListener(posted.Id, ProgressOf(posted.Meta?["progressToken"]), notice => answer.TellAsync(notice, CancellationToken.None));
        if (await CallAsync(posted, isModern, listener, life.Token) is not { } given)
        {
            return;
        }

        try
        {
            await answer.GiveAsync(200, given, life.Token);
        }
        catch (OperationCanceledException) when (life.Token.IsCancellationRequested)
        {
            // As where nobody waits any more.
        }
    }

    /// <summary>The message that answers; null where nobody waits for it any more.</summary>
    private async Task<ReadOnlyMemory<byte>?> CallAsync(PostedMessage posted, bool isModern, CallListener? listener, CancellationToken cancellationToken)
    {
        CallTrace.Note(posted.Meta);
        CallToolResult result;
        try
        {
            result = await service.CallDirectly!(posted.Tool!, posted.Parameters!["arguments"] as JsonObject, listener, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (RefusedException refused)
        {
            var error = new JsonObject { ["code"] = JsonRpcAnswer.InvalidParams, ["message"] = $"{posted.Method}: {refused.Message}" };
            return Message(posted.Id, "error", json => error.WriteTo(json));
        }

        if (isModern)
        {
            result.ResultType = "complete";
            result.Meta ??= [];
            result.Meta[MetaKeys.ServerInfo] = _server.DeepClone();
        }

        return Message(posted.Id, "result", json => JsonSerializer.Serialize(json, result, ResultType));
    }

    private static ReadOnlyMemory<byte> Message(RequestId id, string field, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName(field);
            write(json);
            if (id.Id is long number)
            {
                json.WriteNumber("id", number);
            }
            else
            {
                json.WriteString("id", (string?)id.Id);
            }

            json.WriteString("jsonrpc", "2.0");
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Null where there is none, or it is none that the protocol knows.</summary>
    private static ProgressToken? ProgressOf(JsonNode? token) => token is not JsonValue value ? null
        : value.TryGetValue(out long number) ? new ProgressToken(number)
        : value.TryGetValue(out string? text) ? new ProgressToken(text)
        : null;

    private static bool DeclaresForms(PostedMessage posted) => posted.Meta?[MetaKeys.ClientCapabilities] is JsonObject capabilities && capabilities["elicitation"] is not null;

    private static bool DeclaresTasks(PostedMessage posted) =>
        posted.Meta?[MetaKeys.ClientCapabilities] is JsonObject capabilities
        && (capabilities["extensions"] is { } extensions and not JsonObject || (capabilities["extensions"] as JsonObject)?.ContainsKey(TaskCapability.Extension) == true);

    private static JsonObject JsonOf(Implementation server) =>
        JsonSerializer.SerializeToNode(server, McpJsonUtilities.GetTypeInfo<Implementation>(McpJsonUtilities.DefaultOptions))!.AsObject();
}
