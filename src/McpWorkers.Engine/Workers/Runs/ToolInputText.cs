using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>What a tool is to be used for, for a person: the one part of its input that says it, else all of it.</summary>
internal static class ToolInputText
{
    private static readonly string[] Telling = ["command", "file_path", "absolute_path", "notebook_path", "path", "url", "query", "pattern"];

    /// <param name="input">JSON.</param>
    public static string Of(string input)
    {
        try
        {
            return JsonNode.Parse(input) is JsonObject json
                && Telling.Select(name => json[name]).OfType<JsonValue>().FirstOrDefault() is { } value && value.TryGetValue(out string? text) && text.Length > 0
                ? text
                : input;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return input;
        }
    }
}
