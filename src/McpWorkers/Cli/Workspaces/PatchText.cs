using System.Text;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary>A patch for a terminal, line by line as it comes: control characters as text, changes in colours.</summary>
internal sealed class PatchText(TextWriter output, bool colours)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();

    /// <summary>Takes the next bytes of the patch.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> piece)
    {
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(piece.Length)];
        int count = _decoder.GetChars(piece.Span, characters, flush: false);
        int start = 0;
        for (int end; (end = Array.IndexOf(characters, '\n', start, count - start)) >= 0; start = end + 1)
        {
            _line.Append(characters, start, end - start);
            await LineAsync();
        }

        _line.Append(characters, start, count - start);
    }

    /// <summary>Writes what has no line feed after it.</summary>
    public async Task EndAsync()
    {
        if (_line.Length > 0)
        {
            await LineAsync();
        }
    }

    private async Task LineAsync()
    {
        string line = TerminalText.Visible(_line.ToString());
        _line.Clear();
        int? colour = !colours ? null : line switch
        {
            ['+', '+', '+', ' ', ..] or ['-', '-', '-', ' ', ..] => 1,
            ['+', ..] => 32,
            ['-', ..] => 31,
            ['@', '@', ..] => 36,
            _ when line.StartsWith("diff ", StringComparison.Ordinal) || line.StartsWith("index ", StringComparison.Ordinal) => 1,
            _ => null,
        };
        await output.WriteLineAsync(colour is { } code ? $"\u001b[{code}m{line}\u001b[0m" : line);
    }
}
