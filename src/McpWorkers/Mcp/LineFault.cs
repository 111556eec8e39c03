using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>
/// The answer to a line that is no message. The protocol library answers where it finds a request's id in it, and drops the line without
/// a word where it finds none: then its sender waits for ever.
/// </summary>
internal static class LineFault
{
    /// <summary>Longer lines than this are not examined.</summary>
    public const int LineMax = 64 * 1024;

    /// <summary>Whether a line may be a message at all, by its first byte that is no white space.</summary>
    public static bool MayBeMessage(byte first) => first == '{';

    /// <summary>Null where the line is a message, or is answered already.</summary>
    public static JsonRpcError? Of(ReadOnlyMemory<byte> line)
    {
        if (HasId(line.Span))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            return Of(document.RootElement);
        }
        catch (JsonException e)
        {
            return Refuse(McpErrorCode.ParseError, $"The line is no JSON: {e.Message}");
        }
    }

    private static JsonRpcError? Of(JsonElement message) => message.ValueKind switch
    {
        JsonValueKind.Array => Refuse(McpErrorCode.InvalidRequest, "Batches are not part of MCP: send each message on a line of its own."),
        JsonValueKind.Object when message.TryGetProperty("id", out _) => Refuse(McpErrorCode.InvalidRequest, "'id' must be a string or a whole number."),
        JsonValueKind.Object when !message.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0") =>
            Refuse(McpErrorCode.InvalidRequest, "'jsonrpc' must be \"2.0\"."),
        JsonValueKind.Object when !message.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String =>
            Refuse(McpErrorCode.InvalidRequest, "A message without an 'id' is a notification, whose 'method' must be a string."),
        JsonValueKind.Object => null,
        _ => Refuse(McpErrorCode.InvalidRequest, "A message is a JSON object."),
    };

    /// <summary>Whether it is an object with an id, as far as it can be read.</summary>
    private static bool HasId(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && reader.ValueTextEquals("id"u8))
                {
                    return reader.Read() && (reader.TokenType == JsonTokenType.String || (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _)));
                }
            }
        }
        catch (JsonException)
        {
            // No id up to where it can be read.
        }

        return false;
    }

    private static JsonRpcError Refuse(McpErrorCode code, string message) => new() { Error = new() { Code = (int)code, Message = message } };
}
