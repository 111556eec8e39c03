using McpWorkers.Engine.Agents.Reading;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>An item of codex that is a tool call. codex tells the call and its result as the same item.</summary>
internal sealed record CodexTool(string Id, string Name, string Input, bool IsError, string Output, bool Denied)
{
    private const int PreviewMax = AgentReader.PreviewMax;

    public static bool TryRead(JsonView item, JsonView type, out CodexTool tool)
    {
        string id = item["id"u8].AsStringOrEmpty();
        if (type.Is("command_execution"u8))
        {
            tool = new(
                id, "shell", item["command"u8].Preview(PreviewMax), item["status"u8].Is("failed"u8),
                item["aggregated_output"u8].Preview(PreviewMax), item["status"u8].Is("declined"u8));
        }
        else if (type.Is("mcp_tool_call"u8))
        {
            var error = item["error"u8];
            string message = error.IsObject ? error["message"u8].AsStringOrEmpty() : error.AsStringOrEmpty();
            tool = new(
                id,
                $"{item["server"u8].AsStringOrEmpty()}.{item["tool"u8].AsStringOrEmpty()}",
                item["arguments"u8].Preview(PreviewMax),
                message.Length > 0 || item["status"u8].Is("failed"u8),
                message.Length > 0 ? message : item["result"u8].Preview(PreviewMax),
                // exec never asks: what would need an approval is refused with these words (0.169.0).
                message.Contains("requires approval", StringComparison.Ordinal));
        }
        else if (type.Is("file_change"u8))
        {
            tool = new(
                id, "file_change", item["changes"u8].Preview(PreviewMax), item["status"u8].Is("failed"u8), "",
                item["status"u8].Is("declined"u8));
        }
        else if (type.Is("web_search"u8))
        {
            tool = new(id, "web_search", item["query"u8].Preview(PreviewMax), false, "", false);
        }
        else
        {
            tool = new(id, "", "", false, "", false);
            return false;
        }

        return true;
    }
}
