using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>
/// MCP servers as the JSON that agents read. It goes into a file of the run directory: servers' variables may be secrets, and arguments
/// are visible to everybody on the machine.
/// </summary>
internal static class McpServerJson
{
    /// <summary>The shape that most agents share: <c>{"mcpServers":{name:{"command","args","env"}}}</c>.</summary>
    /// <param name="add">Adds an agent's own fields to the server of that name.</param>
    public static byte[] Document(IReadOnlyList<McpServerSpec> servers, Action<string, JsonObject>? add = null)
    {
        JsonObject byName = [];
        foreach (var server in servers)
        {
            JsonObject entry = new()
            {
                ["command"] = server.Command,
                ["args"] = List(server.Arguments),
                ["env"] = Map(server.Environment),
            };
            add?.Invoke(server.Name, entry);
            byName[server.Name] = entry;
        }

        return Bytes(new() { ["mcpServers"] = byName });
    }

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
