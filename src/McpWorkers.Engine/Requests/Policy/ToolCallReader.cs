using System.Text.Json;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Reads what a tool is called with. It never refuses: what cannot be read is suspicious.</summary>
internal static class ToolCallReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static ToolCall Read(ToolUse use, PathFacts facts)
    {
        var call = new ToolCall { Tool = use.Tool, Kind = ToolTable.KindOf(use.Tool), Place = Place.Of(use.WorkingDirectory, facts) };
        try
        {
            using var input = JsonDocument.Parse(use.Input, Strict);
            return LookAlikes.InWord(use.Tool, "the tool's name") is { } odd ? call with { Suspicion = odd }
                : call.Place is null ? call with { Suspicion = $"the working directory '{use.WorkingDirectory}' is not absolute" }
                : input.RootElement.ValueKind != JsonValueKind.Object ? call with { Suspicion = "its input is no JSON object" }
                : call.Kind switch
                {
                    ToolKind.Shell => ShellCallReader.Read(call, input.RootElement),
                    ToolKind.Edit or ToolKind.Read => FileCallReader.Read(call, input.RootElement),
                    _ => call with
                    {
                        Texts = [.. TextsOf(input.RootElement)],
                        Doubt = ToolTable.CallsOthers(use.Tool) ? $"'{use.Tool}' calls other tools" : null,
                    },
                };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no Unicode.
            return call with { Suspicion = "its input cannot be read, or names a property twice" };
        }
    }

    /// <summary>Of a property that the table does not know, and that is more than "no".</summary>
    public static string? DoubtOf(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False ? null : $"the property '{property.Name}' is not known";

    private static IEnumerable<string> TextsOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsOf),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => TextsOf(p.Value)),
        _ => [],
    };
}
