namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Makes one short line without control characters out of what an agent said.</summary>
internal static class OneLine
{
    private const int LengthMax = 160;

    /// <summary>The beginning of a text.</summary>
    public static string Of(string text) => Clean(text.AsSpan(0, Math.Min(text.Length, LengthMax * 4)));

    /// <summary>The last line of a text that has anything in it: with text that grows, that is what is new.</summary>
    public static string LastOf(string text)
    {
        var rest = text.AsSpan().TrimEnd();
        int lineFeed = rest.LastIndexOf('\n');
        var line = lineFeed < 0 ? rest : rest[(lineFeed + 1)..];
        return Clean(line.Length > LengthMax ? line[^LengthMax..] : line);
    }

    private static string Clean(ReadOnlySpan<char> text)
    {
        Span<char> line = stackalloc char[LengthMax];
        int length = 0;
        bool space = true;
        foreach (char c in text)
        {
            if (length == LengthMax)
            {
                line[^1] = '…';
                break;
            }

            bool blank = char.IsWhiteSpace(c) || char.IsControl(c) || c is '\u2028' or '\u2029';
            if (!blank)
            {
                line[length++] = c;
            }
            else if (!space)
            {
                line[length++] = ' ';
            }

            space = blank;
        }

        return new string(line[..length]).TrimEnd();
    }
}
