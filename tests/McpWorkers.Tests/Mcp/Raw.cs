using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Mcp;

/// <summary>Requests that the client library has no method for.</summary>
internal static class Raw
{
    public static async Task<JsonObject> SendAsync(this McpClient client, string method, string parameters)
    {
        var response = await client.SendRequestAsync(
            new JsonRpcRequest { Method = method, Params = JsonNode.Parse(parameters) }).WaitAsync(TimeSpan.FromSeconds(30));
        return response.Result!.AsObject();
    }

    public static Task<JsonObject> SendCallAsync(this McpClient client, string tool, string arguments) =>
        client.SendAsync("tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""");

    public static string TextOf(this JsonNode json, string name) => json[name]!.GetValue<string>();
}
