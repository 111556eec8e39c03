using System.Text;

namespace McpWorkers.Simulation;

/// <summary>Directives about the bytes on the streams: lines that no reader expects, and too many of them.</summary>
internal static class OutputDirectives
{
    private const int BytesMax = 1024 * 1024 * 1024;
    private const int PieceBytes = 64 * 1024;

    /// <summary>Writes a line as it stands; the agent adds nothing of its own to such a run.</summary>
    public static async Task Raw(SimulatedRun run, Directive directive)
    {
        run.Verbatim = true;
        await run.PauseAsync();
        run.Stream.Bytes(Encoding.UTF8.GetBytes(directive.Argument + "\n"));
    }

    /// <summary>Lines that are no JSON, JSON that is no object, an unknown type, a broken object, an empty line.</summary>
    public static async Task Garbage(SimulatedRun run, Directive directive)
    {
        await run.SayAsync("Simulated agent: garbage follows.");
        run.Stream.Bytes(
            "Warning: this is no JSON\n\u001b[31m{\"type\":\u001b[0m\n[1,2,3]\nnull\n{\"type\":\"result\",\"result\":\n\n{\"type\":\"never_heard_of\",\"x\":1}\n{}\n"u8);
        await run.SayAsync("Simulated agent: garbage is over.");
    }

    public static async Task BadUtf8(SimulatedRun run, Directive directive)
    {
        await run.PauseAsync();
        run.Stream.Line(json =>
        {
            json.WriteString("type", "user");
            json.WriteStartObject("message");
            json.WriteString("role", "user");
            json.WritePropertyName("content");
            json.WriteRawValue([.. "\"broken: "u8, 0xFF, 0xFE, 0xC3, (byte)'"'], skipInputValidation: true);
            json.WriteEndObject();
            run.Stream.Identity(json);
        });
    }

    /// <summary>One line of at least that length: a tool's result. Written in pieces, so that it costs no memory.</summary>
    public static async Task HugeLine(SimulatedRun run, Directive directive)
    {
        int bytes = directive.Count("bytes", 1, BytesMax);
        string call = await run.CallToolAsync("Read", json => json.WriteString("file_path", "huge.txt"));
        await run.PauseAsync();
        run.Stream.Bytes(Encoding.UTF8.GetBytes(
            $"{{\"type\":\"user\",\"session_id\":\"{run.Stream.SessionId}\",\"message\":{{\"role\":\"user\",\"content\":[{{\"tool_use_id\":\"{call}\",\"type\":\"tool_result\",\"content\":\""));
        Repeat(run, bytes, run.Stream.Bytes, (byte)'x');
        run.Stream.Bytes("\",\"is_error\":false}]},\"parent_tool_use_id\":null}\n"u8);
        run.NextTurn();
    }

    /// <summary>Many short lines, as fast as they are taken.</summary>
    public static Task Flood(SimulatedRun run, Directive directive)
    {
        long left = directive.Count("bytes", 1, BytesMax);
        string line = $"{{\"type\":\"assistant\",\"message\":{{\"role\":\"assistant\",\"content\":[{{\"type\":\"text\",\"text\":\"{new string('f', 100)}\"}}]}},"
            + $"\"parent_tool_use_id\":null,\"session_id\":\"{run.Stream.SessionId}\"}}\n";
        byte[] lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, PieceBytes / line.Length)));
        for (; left > 0; left -= lines.Length)
        {
            run.Interrupted.ThrowIfCancellationRequested();
            run.Stream.Bytes(lines);
        }

        return Task.CompletedTask;
    }

    public static Task Stderr(SimulatedRun run, Directive directive)
    {
        int bytes = directive.Count("bytes", 1, BytesMax);
        Repeat(run, bytes, piece => run.Around.Stderr.Write(piece), (byte)'e');
        run.Around.Stderr.Write("\n"u8);
        run.Around.Stderr.Flush();
        return Task.CompletedTask;
    }

    private static void Repeat(SimulatedRun run, int bytes, PieceWriter write, byte filling)
    {
        byte[] piece = new byte[Math.Min(bytes, PieceBytes)];
        piece.AsSpan().Fill(filling);
        for (int left = bytes; left > 0; left -= piece.Length)
        {
            run.Interrupted.ThrowIfCancellationRequested();
            write(piece.AsSpan(0, Math.Min(left, piece.Length)));
        }
    }

    private delegate void PieceWriter(ReadOnlySpan<byte> piece);
}
