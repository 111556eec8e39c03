using System.Text;

namespace McpWorkers.Engine.Requests;

/// <summary>Text of an agent's before it is shown to anybody: what could move a cursor or turn the direction of writing is taken out.</summary>
public static class AgentText
{
    /// <param name="bytesMax">In UTF-8; a longer text ends in an ellipsis that says so.</param>
    public static string Clean(string text, int bytesMax)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string Cut = "… (cut)";
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

    /// <summary>Control characters but line feed and tab, and what Unicode only formats with: zero width, direction marks, tags.</summary>
    private static bool IsHidden(Rune rune) => rune.Value is not ('\n' or '\t') && Rune.GetUnicodeCategory(rune) is
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.PrivateUse
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
