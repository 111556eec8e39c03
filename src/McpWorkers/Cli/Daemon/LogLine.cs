using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Daemon;

/// <summary>A line of the daemon's log. One that is no JSON is a last word of the process itself, written past the log.</summary>
internal static class LogLine
{
    private const int LengthMax = 4096;

    /// <summary>For a person: time, level, event, message, whose.</summary>
    public static string Text(string line)
    {
        if (Read(line) is not { } json)
        {
            return TerminalText.OneLine(line, LengthMax);
        }

        string whose = string.Join(' ', new[] { Word(json, "worker_id"), Word(json, "run_id") }.Where(id => id.Length > 0));
        return TerminalText.OneLine(
            $"{Word(json, "time")} {Word(json, "level"),-5} {Word(json, "event")}: {Word(json, "message")}{(whose.Length > 0 ? $" [{whose}]" : "")}", LengthMax);
    }

    /// <summary>For a program: always JSON.</summary>
    public static string Json(string line) => Read(line) is not null
        ? line
        : new JsonObject { ["time"] = null, ["level"] = "error", ["event"] = "stderr", ["message"] = line }.ToJsonString(ResultJson.Relaxed);

    private static JsonObject? Read(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonNode.Parse(line) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Word(JsonObject json, string name) => json[name] is JsonValue value ? value.ToString() : "";
}
