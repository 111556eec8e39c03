using McpWorkers.Engine.Agents.Reading;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>Event types of copilot that are known and say nothing that we need.</summary>
internal static class CopilotNoise
{
    public static bool Is(JsonView type) =>
        type.Is("assistant.tool_call_delta"u8)
        || type.Is("assistant.turn_end"u8)
        || type.Is("assistant.idle"u8)
        || type.Is("model.call_start"u8)
        || type.Is("model.call_finished"u8)
        || type.Is("model.call_final_result"u8)
        || type.Is("tool.execution_partial_result"u8)
        || type.Is("tool.shell_output"u8)
        || type.Is("session.info"u8)
        || type.Is("session.skills_loaded"u8)
        || type.Is("session.tools_updated"u8)
        || type.Is("session.mcp_servers_loaded"u8)
        || type.Is("session.mcp_server_status_changed"u8)
        || type.Is("session.mcp_server_tools_loaded"u8)
        || type.Is("user.message"u8)
        || type.Is("agent.interrupted"u8);
}
