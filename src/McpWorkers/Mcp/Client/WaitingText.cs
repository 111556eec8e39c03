using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>What a run waits for, as the tools tell it, in a line for a person.</summary>
internal static class WaitingText
{
    /// <summary>Such as <c>question req_0123456789abcdef: Which one?</c>, <c>quota until 2026-03-01T03:00:00Z: …</c>.</summary>
    public static string Of(JsonObject waited)
    {
        string what = waited["request_id"] is { } id ? $"{waited["kind"]} {id}"
            : waited["until"] is { } until ? $"{waited["kind"]} until {until}"
            : $"{waited["kind"]}";
        return waited["text"]?.ToString() is { Length: > 0 } text ? $"{what}: {text}" : what;
    }
}
