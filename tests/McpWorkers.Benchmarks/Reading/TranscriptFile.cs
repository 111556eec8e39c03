using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpWorkers.Benchmarks.Reading;

/// <summary>Makes a transcript as claude would write it: texts, thinking, tool calls and their results, of 0.3 to 30 kB a line, a few of 1 MB.</summary>
internal static class TranscriptFile
{
    private const int HugeEvery = 2000;

    /// <summary>Writes about so many bytes; always the same ones.</summary>
    public static async Task WriteAsync(string path, long bytes)
    {
        var random = new Random(20261121);
        await using var file = File.Create(path);
        var line = new ArrayBufferWriter<byte>(64 * 1024);
        long written = 0;
        for (int i = 0; written < bytes; i++)
        {
            line.Clear();
            int length = i % HugeEvery == HugeEvery - 1 ? 1_000_000 : (int)(300 * Math.Pow(100, random.NextDouble()));
            WriteLine(line, i, Words(random, length));
            line.Write("\n"u8);
            await file.WriteAsync(line.WrittenMemory);
            written += line.WrittenCount;
        }

        line.Clear();
        WriteResult(line);
        line.Write("\n"u8);
        await file.WriteAsync(line.WrittenMemory);
    }

    private static void WriteLine(ArrayBufferWriter<byte> line, int i, string text)
    {
        using var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        bool isResult = i % 3 == 2;
        json.WriteStartObject();
        json.WriteString("type", isResult ? "user" : "assistant");
        json.WriteStartObject("message");
        json.WriteString("id", $"msg_{i}");
        json.WriteString("role", isResult ? "user" : "assistant");
        json.WriteString("model", "claude-opus-5-5");
        json.WriteStartArray("content");
        json.WriteStartObject();
        if (isResult)
        {
            json.WriteString("tool_use_id", $"toolu_{i - 1}");
            json.WriteString("type", "tool_result");
            json.WriteString("content", text);
            json.WriteBoolean("is_error", false);
        }
        else if (i % 3 == 1)
        {
            json.WriteString("type", "tool_use");
            json.WriteString("id", $"toolu_{i}");
            json.WriteString("name", "Write");
            json.WriteStartObject("input");
            json.WriteString("file_path", "src/file.cs");
            json.WriteString("content", text);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("type", "text");
            json.WriteString("text", text);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WritePropertyName("usage");
        json.WriteRawValue(
            """{"input_tokens":1000,"cache_creation_input_tokens":30,"cache_read_input_tokens":200,"cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}"""u8);
        json.WriteNull("stop_reason");
        json.WriteEndObject();
        json.WriteNull("parent_tool_use_id");
        if (isResult)
        {
            // As claude does: the tool's own result once more, and how it came to be allowed.
            json.WriteStartObject("tool_use_result");
            json.WriteString("stdout", text);
            json.WriteString("stderr", "");
            json.WriteBoolean("interrupted", false);
            json.WriteEndObject();
            json.WritePropertyName("tool_result_meta");
            json.WriteRawValue("""[{"permission_decision":{"decision":"accept","source":"config","reason_type":"mode"}}]"""u8);
        }

        json.WriteString("session_id", "8123f3c7-d9ca-4de1-b285-98335eea369e");
        json.WriteString("timestamp", "2026-11-21T07:24:59.290Z");
        json.WriteEndObject();
    }

    private static void WriteResult(ArrayBufferWriter<byte> line) => line.Write(
        """{"duration_api_ms":60,"total_cost_usd":0.01,"usage":{"input_tokens":2000,"output_tokens":100},"modelUsage":{},"permission_denials":[],"is_error":false,"num_turns":2,"subtype":"success","result":"done","type":"result"}"""u8);

    /// <summary>Text like code: with line feeds, quotes and indentation, which JSON has to escape.</summary>
    private static string Words(Random random, int length) => string.Create(length, random, static (text, random) =>
    {
        const string Alphabet = "etaoinshrdlucmfwypvbgkjqxz    (){};=.";
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (i % 40) switch
            {
                39 => '\n',
                20 when i % 3 == 0 => '"',
                _ => Alphabet[random.Next(Alphabet.Length)],
            };
        }
    });
}
