using System.Buffers;
using System.Text.Json;

namespace McpWorkers.Engine.Agents.Qwen;

/// <summary>
/// The lines of <c>--input-format stream-json</c> that qwen takes, 0.24.4. A line that is not JSON ends it at once, so each is written by a
/// JSON writer.
/// </summary>
internal sealed class QwenControl : IAgentControl
{
    /// <summary>qwen takes no longer limit on an answer; without one it gives up after a minute.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(10);

    public static QwenControl Instance { get; } = new();

    /// <summary>The lines of a run's beginning: only after the first one does qwen ask, and offer its model the tools that need it.</summary>
    public static ReadOnlyMemory<byte> Begin(string prompt) => Lines(
        json =>
        {
            Request(json, "initialize", "initialize");
            json.WriteStartObject("timeout");
            json.WriteNumber("canUseTool", (long)AnswerLimit.TotalMilliseconds);
            json.WriteEndObject();
            json.WriteEndObject();
        },
        json =>
        {
            json.WriteString("type", "user");
            json.WriteString("session_id", "");
            json.WriteNull("parent_tool_use_id");
            json.WriteStartObject("message");
            json.WriteString("role", "user");
            json.WriteString("content", prompt);
            json.WriteEndObject();
        });

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Answer(AgentEvent.PermissionAsked asked, bool allow, string? message = null)
    {
        ArgumentNullException.ThrowIfNull(asked);
        if (allow && asked.IsCut)
        {
            throw new ArgumentException($"Request {asked.Id} is not known as a whole: it cannot be allowed.", nameof(allow));
        }

        return Lines(json =>
        {
            json.WriteString("type", "control_response");
            json.WriteStartObject("response");
            json.WriteString("subtype", "success");
            json.WriteString("request_id", asked.Id);
            json.WriteStartObject("response");
            json.WriteString("behavior", allow ? "allow" : "deny");
            if (allow)
            {
                // What was judged is what runs, whatever the agent holds by now.
                json.WritePropertyName("updatedInput");
                json.WriteRawValue(asked.Input);
            }
            else
            {
                json.WriteString("message", message is { Length: > 0 } ? message : "The request was denied.");
            }

            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Interrupt(string id) => Lines(json =>
    {
        Request(json, id, "interrupt");
        json.WriteEndObject();
    });

    /// <summary>Leaves the inner object open, for what belongs to it.</summary>
    private static void Request(Utf8JsonWriter json, string id, string subtype)
    {
        json.WriteString("type", "control_request");
        json.WriteString("request_id", id);
        json.WriteStartObject("request");
        json.WriteString("subtype", subtype);
    }

    private static ReadOnlyMemory<byte> Lines(params ReadOnlySpan<Action<Utf8JsonWriter>> lines)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var line in lines)
        {
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                line(json);
                json.WriteEndObject();
            }

            buffer.Write("\n"u8);
        }

        return buffer.WrittenMemory;
    }
}
