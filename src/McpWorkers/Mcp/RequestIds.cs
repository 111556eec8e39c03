using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>Ids of requests and of their progress as JSON: a number or a string, as the client chose it.</summary>
internal static class RequestIds
{
    public static JsonNode? ToJson(RequestId id) => ToJson(id.Id);

    public static JsonNode? ToJson(ProgressToken token) => ToJson(token.Token);

    private static JsonValue? ToJson(object? chosen) => chosen switch
    {
        long number => JsonValue.Create(number),
        string text => JsonValue.Create(text),
        _ => null,
    };
}
