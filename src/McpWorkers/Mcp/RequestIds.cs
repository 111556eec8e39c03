using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>Ids of requests as JSON: a number or a string, as the client chose it.</summary>
internal static class RequestIds
{
    public static JsonNode? ToJson(RequestId id) => id.Id switch
    {
        long number => JsonValue.Create(number),
        string text => JsonValue.Create(text),
        _ => null,
    };
}
