using System.Buffers;
using System.Text.Json;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>
/// The JSON in which claude and qwen take MCP servers. It goes into a file of the run directory: servers' variables may be secrets, and
/// arguments are visible to everybody on the machine.
/// </summary>
internal static class McpConfiguration
{
    /// <param name="trust">Says that the servers' tools need no approval (qwen; claude has a flag for it).</param>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<McpServerSpec> servers, bool trust)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("mcpServers");
            foreach (var server in servers)
            {
                Write(json, server, trust);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, McpServerSpec server, bool trust)
    {
        json.WriteStartObject(server.Name);
        json.WriteString("command", server.Command);
        json.WriteStartArray("args");
        foreach (string argument in server.Arguments)
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        json.WriteStartObject("env");
        foreach (var (name, value) in server.Environment)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        if (trust)
        {
            json.WriteBoolean("trust", true);
        }

        json.WriteEndObject();
    }
}
