using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>A page of what went on in a run, as the resource <c>mcpworkers://runs/{id}/log</c> gives it.</summary>
/// <param name="NextCursor">In bytes of the raw output.</param>
/// <param name="IsOver">The run is settled, and nothing comes after this page.</param>
internal sealed record RunLog(IReadOnlyList<RunLogEntry> Lines, long NextCursor, bool IsOver)
{
    /// <exception cref="UnansweredException">It is of no known form.</exception>
    public static RunLog Read(JsonNode? page) =>
        page is JsonObject && page["lines"] is JsonArray lines && page["next_cursor"] is JsonValue next && page["over"] is JsonValue over
            ? new(
                [.. lines.Select(line => new RunLogEntry(
                    line!["offset"]?.GetValue<long>() ?? 0, line["kind"]?.ToString() ?? "", line["text"]?.ToString() ?? ""))],
                next.GetValue<long>(),
                over.GetValue<bool>())
            : throw new UnansweredException("The run's log came in a form that this version does not know.");
}

/// <param name="Offset">Of the line of raw output that it came from, in bytes.</param>
/// <param name="Kind">Such as <c>text</c>, <c>tool_call</c>, <c>error</c>.</param>
/// <param name="Text">As the agent wrote it: may hold line feeds and control characters.</param>
internal sealed record RunLogEntry(long Offset, string Kind, string Text);
