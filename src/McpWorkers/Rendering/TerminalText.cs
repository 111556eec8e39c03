using System.Buffers;
using System.Globalization;
using System.Text;

namespace McpWorkers.Rendering;

/// <summary>
/// Makes what an agent said safe for a terminal: every control character is shown as text, so that no output moves the cursor,
/// sets a title, fills the clipboard or hides a line. Newline and tab are kept.
/// </summary>
internal static class TerminalText
{
    // C0, DEL and C1; then what reorders or hides text on a line: bidirectional controls, line and paragraph separators.
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(c => c is not ('\n' or '\t')).Select(c => (char)c),
         .. Enumerable.Range(0x7f, 0x21).Select(c => (char)c),
         '\u061c', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069', '\ufeff']);

    /// <summary>Several lines. CR LF becomes LF, a lone CR is shown.</summary>
    public static string Visible(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAny(Unsafe))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                continue;
            }

            shown.Append(Unsafe.Contains(c) ? Name(c) : c);
        }

        return shown.ToString();
    }

    /// <summary>One line of at most <paramref name="length"/> characters; an ellipsis stands for the rest.</summary>
    public static string OneLine(string text, int length)
    {
        string line = Visible(text).Replace('\n', ' ').Replace('\t', ' ').Trim();
        if (line.Length <= length)
        {
            return line;
        }

        int cut = Math.Max(0, length - 1);
        return line[..(cut > 0 && char.IsHighSurrogate(line[cut - 1]) ? cut - 1 : cut)] + "…";
    }

    private static string Name(char c) => c switch
    {
        '\u001b' => "\\e",
        '\r' => "\\r",
        '\a' => "\\a",
        '\b' => "\\b",
        < '\u0100' => "\\x" + ((int)c).ToString("x2", CultureInfo.InvariantCulture),
        _ => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
    };
}
