using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>A message that a client posted, with what the endpoint looks at before a server sees it.</summary>
internal sealed class PostedMessage
{
    public static JsonTypeInfo<JsonRpcMessage> MessageType { get; } = McpJsonUtilities.GetTypeInfo<JsonRpcMessage>(McpJsonUtilities.DefaultOptions);

    private PostedMessage(JsonRpcMessage message)
    {
        Message = message;
        Parameters = (message as JsonRpcRequest)?.Params as JsonObject ?? (message as JsonRpcNotification)?.Params as JsonObject;
        Meta = Parameters?["_meta"] as JsonObject;
        Revision = TextOf(Meta?[MetaKeys.ProtocolVersion]);
        Tool = Method == RequestMethods.ToolsCall ? TextOf(Parameters?["name"]) : null;
    }

    public JsonRpcMessage Message { get; }

    public JsonObject? Parameters { get; }

    public JsonObject? Meta { get; }

    public JsonRpcRequest? Request => Message as JsonRpcRequest;

    /// <summary>The default id where it is no request.</summary>
    public RequestId Id => Request?.Id ?? default;

    /// <summary>Of a request or a notification; else empty.</summary>
    public string Method => Request?.Method ?? (Message as JsonRpcNotification)?.Method ?? "";

    /// <summary>The revision that the message itself declares.</summary>
    public string? Revision { get; }

    /// <summary>The tool of a call; else null.</summary>
    public string? Tool { get; }

    /// <summary>Null where there is no message in the body: then the request is answered.</summary>
    public static async Task<PostedMessage?> ReadAsync(HttpContext context)
    {
        try
        {
            return await HttpBody.ReadAsync(context.Request, Parse, context.RequestAborted);
        }
        catch (NoMessageException e)
        {
            await JsonRpcAnswer.ErrorAsync(context, 400, e.Code, e.Message);
            return null;
        }
    }

    public static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static PostedMessage Parse(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
            {
                throw new NoMessageException(JsonRpcAnswer.InvalidRequest, "Batches of JSON-RPC messages are not part of this protocol. Send one message in each request.");
            }

            reader = new Utf8JsonReader(body);
            var message = JsonSerializer.Deserialize(ref reader, MessageType);
            if (message is not null && !reader.Read())
            {
                return new PostedMessage(message);
            }
        }
        catch (JsonException) when (IsJson(body))
        {
            // Well-formed, and no message.
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new NoMessageException(JsonRpcAnswer.ParseError, "The body is not valid JSON.");
        }

        throw new NoMessageException(JsonRpcAnswer.InvalidRequest, "The body is not one JSON-RPC message.");
    }

    private static bool IsJson(ReadOnlySequence<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed class NoMessageException(int code, string message) : Exception(message)
    {
        public int Code { get; } = code;
    }
}
