using System.Globalization;
using System.Text;

namespace McpWorkers.Cli.Watch;

/// <summary>
/// The whole terminal for a while: the screen as it was comes back at the end. Only lines that changed are written, in one piece, so that nothing
/// flickers; lines that are too long are cut by the terminal, not wrapped.
/// </summary>
internal sealed class TerminalScreen : IDisposable
{
    // Other buffer, no cursor, no wrapping; and back.
    private const string Begin = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
    private const string End = "\u001b[?7h\u001b[?25h\u001b[?1049l";

    private readonly TextWriter _output;
    private string[] _lines = [];
    private (int Width, int Height) _size;
    private bool _ended;

    public TerminalScreen(TextWriter output)
    {
        _output = output;
        _output.Write(Begin);
        _output.Flush();
    }

    /// <summary>How often something was written.</summary>
    public int Writes { get; private set; }

    /// <param name="lines">From the top; what is beyond the height is left out.</param>
    public void Draw(IReadOnlyList<string> lines, int width, int height)
    {
        var text = new StringBuilder();
        if (_size != (width, height))
        {
            _size = (width, height);
            _lines = [.. Enumerable.Repeat("", height)];
            text.Append("\u001b[2J");
        }

        for (int row = 0; row < height; row++)
        {
            string line = row < lines.Count ? lines[row] : "";
            if (_lines[row] != line)
            {
                // Erased first: after a line that is as wide as the screen the cursor still stands on its last character.
                text.Append(CultureInfo.InvariantCulture, $"\u001b[{row + 1};1H\u001b[K").Append(line);
                _lines[row] = line;
            }
        }

        if (text.Length > 0)
        {
            Writes++;
            _output.Write(text.ToString());
            _output.Flush();
        }
    }

    public void Dispose()
    {
        if (!_ended)
        {
            _ended = true;
            _output.Write(End);
            _output.Flush();
        }
    }
}
