using System.Text;
using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Agents;

/// <summary>The parts that the agents' JSON for MCP servers have in common; each agent names and arranges them its own way.</summary>
internal static class McpServerJson
{
    public static JsonArray List(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)JsonValue.Create(value))];

    public static JsonObject Map(IReadOnlyDictionary<string, string> values)
    {
        JsonObject map = [];
        foreach (var (name, value) in values)
        {
            map[name] = value;
        }

        return map;
    }

    public static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
