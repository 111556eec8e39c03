using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpWorkers.Simulation;

/// <summary>
/// Writes lines in the shape of claude's stream-json (2.1.329): the same types and fields, in that order, which puts the type of a result
/// near its end. Knows shapes only; what is said and when is decided elsewhere.
/// </summary>
internal sealed class ClaudeStream(Surroundings around, SimulationOptions options)
{
    /// <summary>As claude writes: only what JSON forbids is escaped.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _line = new(4096);

    public string SessionId { get; } = options.Session.ToString();

    /// <summary>Writes one object as a line, at once and whole.</summary>
    public void Line(Action<Utf8JsonWriter> fields)
    {
        Compose(fields);
        _line.Write("\n"u8);
        Bytes(_line.WrittenSpan);
    }

    /// <summary>Writes the first half of an object, with no line feed after it.</summary>
    public void HalfLine(Action<Utf8JsonWriter> fields)
    {
        Compose(fields);
        Bytes(_line.WrittenSpan[..(_line.WrittenCount / 2)]);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        around.Stdout.Write(bytes);
        around.Stdout.Flush();
    }

    public void Init() => System("init", json =>
    {
        json.WriteString("cwd", around.Directory);
        json.WriteStartArray("tools");
        foreach (string tool in (ReadOnlySpan<string>)["LS", "Read", "Task"])
        {
            json.WriteStringValue(tool);
        }

        json.WriteEndArray();
        json.WriteStartArray("mcp_servers");
        json.WriteEndArray();
        json.WriteString("model", options.Model);
        json.WriteString("permissionMode", options.PermissionMode);
        json.WriteString("apiKeySource", "none");
        json.WriteBoolean("simulated", true);
        json.WriteString("notice", "Simulated agent: no model is asked; what it says is made up, what it reads is real.");
    });

    public void System(string subtype, Action<Utf8JsonWriter>? fields = null) => Line(json =>
    {
        json.WriteString("type", "system");
        json.WriteString("subtype", subtype);
        fields?.Invoke(json);
        Identity(json);
    });

    /// <summary>A line of the agent (or of its subagent) with one content block, as claude gives one line for each.</summary>
    public void Assistant(string messageId, string? parentToolUse, Action<Utf8JsonWriter> block, string? error = null, int? status = null) => Line(json =>
    {
        json.WriteString("type", "assistant");
        json.WriteStartObject("message");
        json.WriteString("id", messageId);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", error is null ? options.Model : "<synthetic>");
        json.WriteStartArray("content");
        json.WriteStartObject();
        block(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        // The stream's opening figures, as claude gives them: the result has the right ones.
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", error is null ? RunUsage.InputPerTurn : 0);
        json.WriteNumber("cache_creation_input_tokens", error is null ? RunUsage.CacheWritePerTurn : 0);
        json.WriteNumber("cache_read_input_tokens", error is null ? RunUsage.CacheReadPerTurn : 0);
        json.WriteNumber("output_tokens", error is null ? 1 : 0);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("parent_tool_use_id", parentToolUse);
        if (error is not null)
        {
            json.WriteString("error", error);
            json.WriteBoolean("is_api_error_message", true);
            if (status is { } code)
            {
                json.WriteNumber("api_error_status", code);
            }
        }

        Identity(json);
    });

    public void ToolResult(string toolUse, string? parentToolUse, string content, bool isError) => Line(json =>
    {
        json.WriteString("type", "user");
        json.WriteStartObject("message");
        json.WriteString("role", "user");
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("tool_use_id", toolUse);
        json.WriteString("type", "tool_result");
        json.WriteString("content", content);
        json.WriteBoolean("is_error", isError);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("parent_tool_use_id", parentToolUse);
        Identity(json);
    });

    public void Identity(Utf8JsonWriter json)
    {
        json.WriteString("session_id", SessionId);
        json.WriteString("uuid", Guid.NewGuid());
    }

    private void Compose(Action<Utf8JsonWriter> fields)
    {
        _line.Clear();
        using var json = new Utf8JsonWriter(_line, Plain);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
        json.Flush();
    }
}
