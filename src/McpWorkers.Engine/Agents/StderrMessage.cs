namespace McpWorkers.Engine.Agents;

/// <summary>What to quote of standard error when an agent ended without saying why.</summary>
internal static class StderrMessage
{
    private const int LengthMax = 500;

    /// <summary>The last lines that fit, without terminal colours; a sentence where there are none.</summary>
    public static string Last(string stderrTail)
    {
        string text = WithoutColours(stderrTail).Trim();
        if (text.Length == 0)
        {
            return "The agent ended without a word about why.";
        }

        if (text.Length <= LengthMax)
        {
            return text;
        }

        string end = text[^LengthMax..];
        int line = end.IndexOf('\n', StringComparison.Ordinal);
        return line >= 0 && line < end.Length - 1 ? end[(line + 1)..] : end;
    }

    private static string WithoutColours(string text)
    {
        int escape = text.IndexOf('\u001b', StringComparison.Ordinal);
        if (escape < 0)
        {
            return text;
        }

        var plain = new System.Text.StringBuilder(text.Length);
        bool inEscape = false;
        foreach (char c in text)
        {
            if (c == '\u001b')
            {
                inEscape = true;
            }
            else if (!inEscape)
            {
                plain.Append(c);
            }
            else
            {
                // "[" begins the parameters; any letter ends the sequence.
                inEscape = !char.IsAsciiLetter(c);
            }
        }

        return plain.ToString();
    }
}
