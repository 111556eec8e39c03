using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>A page of a run's log as JSON.</summary>
internal static class RunLogView
{
    public static JsonObject Of(RunLogPage page) => new()
    {
        ["lines"] = new JsonArray([.. page.Lines.Select(line => (JsonNode)new JsonObject
        {
            ["offset"] = line.Offset,
            ["kind"] = line.Kind,
            ["text"] = line.Text,
        })]),
        ["cursor"] = page.Cursor,
        ["next_cursor"] = page.NextCursor,
        ["over"] = page.IsOver,
    };
}
