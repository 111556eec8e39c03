using System.Text;

namespace McpWorkers.Engine.Requests;

/// <summary>Text of an agent's before it is shown to anybody: what could move a cursor or turn the direction of writing is taken out.</summary>
public static class AgentText
{
    /// <summary>The end of a text of which more was said.</summary>
    public const string Cut = "… (cut)";

    /// <param name="bytesMax">In UTF-8; a longer text ends in an ellipsis that says so.</param>
    public static string Clean(string text, int bytesMax)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder(Math.Min(text.Length, bytesMax));
        int bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsHidden(rune))
            {
                continue;
            }

            bytes += rune.Utf8SequenceLength;
            if (bytes > bytesMax)
            {
                return clean.Append(Cut).ToString();
            }

            clean.Append(rune);
        }

        return clean.ToString();
    }

    /// <summary>The whole text; what could not be seen in it stands there by its number, such as <c>\u{200B}</c>.</summary>
    public static string Visible(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsHidden(rune))
            {
                shown.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X4}}}");
            }
            else
            {
                shown.Append(rune);
            }
        }

        return shown.ToString();
    }

    /// <summary>Control characters but line feed and tab, and what Unicode only formats with: zero width, direction marks, tags.</summary>
    private static bool IsHidden(Rune rune) => rune.Value is not ('\n' or '\t') && Rune.GetUnicodeCategory(rune) is
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.PrivateUse
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
