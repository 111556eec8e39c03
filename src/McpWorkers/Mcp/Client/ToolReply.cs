using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Client;

/// <summary>Reads what a tool answered. A refusal becomes the exception that it was where it was thrown.</summary>
internal static class ToolReply
{
    /// <summary>The tool's answer: an object, or a list where it gives one.</summary>
    /// <exception cref="RefusedException">The call was refused.</exception>
    /// <exception cref="UnansweredException">The answer is of no known form.</exception>
    public static JsonNode Read(string tool, JsonNode result)
    {
        if (result["isError"] is JsonValue isError && isError.GetValue<bool>())
        {
            throw new RefusedException(RefusalCode.InvalidArgument, MessageOf(tool, result));
        }

        // Structured content is an object in every revision: a list lies under 'result'.
        return result["structuredContent"] switch
        {
            JsonObject { Count: 1 } wrapped when wrapped["result"] is JsonArray list => list,
            JsonObject whole => whole,
            _ => throw new UnansweredException($"{tool} answered in a form that this version does not know."),
        };
    }

    private static string MessageOf(string tool, JsonNode result)
    {
        string message = result["structuredContent"]?["error"]?.ToString()
            ?? string.Join('\n', (result["content"] as JsonArray ?? []).Select(block => block?["text"]?.ToString()).OfType<string>());
        return message.Length == 0 ? $"{tool} was refused without a word." : ForPerson(tool, message);
    }

    /// <summary>Tools begin with their own name and that of an argument, for a model that called them; a person called neither.</summary>
    private static string ForPerson(string tool, string message)
    {
        foreach (string prefix in new[] { tool + ": ", "worker_ids: ", "worker_id: ", "worker_type: " })
        {
            if (message.StartsWith(prefix, StringComparison.Ordinal))
            {
                message = message[prefix.Length..];
            }
        }

        return message;
    }
}
