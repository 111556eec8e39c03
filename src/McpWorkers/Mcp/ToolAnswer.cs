using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>
/// What a tool says: JSON as structured content, and the same as text. Structured content had to be an object until revision
/// 2025-11-25, and one output schema serves both eras; so a list goes under <c>result</c> there, while the text is the bare list.
/// </summary>
internal static class ToolAnswer
{
    // A refusal quotes what was wrong, and that may be as long as the client liked.
    private const int RefusalMax = 2000;

    // Text content is a string inside JSON: escaping what needs no escaping would be escaped once more.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string CodeKey = "mcpworkers/refusal";

    /// <summary>Why a call was refused; null where it was not, or by a fault of ours.</summary>
    public static RefusalCode? CodeOf(CallToolResult result) => RefusalNames.Parse(result.Meta?[CodeKey]?.GetValue<string>());

    public static CallToolResult Of(JsonObject value, bool isError = false) => Make(value, value, isError);

    public static CallToolResult Of(JsonArray list) => Make(new JsonObject { ["result"] = list.DeepClone() }, list, isError: false);

    /// <summary>The call was refused, or a fault of ours ended it.</summary>
    /// <param name="code">For programs, in <c>_meta</c>; null for a fault.</param>
    public static CallToolResult Refusal(string message, RefusalCode? code = null) => new()
    {
        IsError = true,
        Meta = code is { } known ? new() { [CodeKey] = RefusalNames.ToWire(known) } : null,
        Content = [new TextContentBlock { Text = message.Length > RefusalMax ? $"{message.AsSpan(0, RefusalMax)}… ({message.Length} characters)" : message }],
    };

    private static CallToolResult Make(JsonObject structured, JsonNode text, bool isError)
    {
        using var document = JsonDocument.Parse(Write(structured).WrittenMemory);
        return new()
        {
            StructuredContent = document.RootElement.Clone(),
            Content = [new TextContentBlock { Text = Encoding.UTF8.GetString(Write(text).WrittenSpan) }],
            IsError = isError ? true : null,
        };
    }

    private static ArrayBufferWriter<byte> Write(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Readable);
        node.WriteTo(writer);
        writer.Flush();
        return buffer;
    }
}
