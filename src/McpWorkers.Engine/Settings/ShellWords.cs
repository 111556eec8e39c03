using System.Text;

namespace McpWorkers.Engine.Settings;

/// <summary>Splits a command line into words as a POSIX shell does: blanks, quotes and backslashes. Nothing is expanded.</summary>
public static class ShellWords
{
    /// <summary>Returns false where a quote stays open or a backslash ends the text.</summary>
    public static bool TrySplit(string text, out IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> found = [];
        StringBuilder? word = null;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'')
            {
                if (++i == text.Length)
                {
                    words = [];
                    return false;
                }

                if (text[i] == '\n')
                {
                    continue;
                }

                // Within double quotes a backslash stands for itself before anything but these.
                bool escapes = quote == '\0' || text[i] is '"' or '\\' or '$' or '`';
                word = (word ?? new()).Append(escapes ? "" : "\\").Append(text[i]);
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                word ??= new();
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is ' ' or '\t' or '\n' or '\r')
            {
                Close();
            }
            else
            {
                word = (word ?? new()).Append(c);
            }
        }

        Close();
        words = quote == '\0' ? found : [];
        return quote == '\0';

        void Close()
        {
            if (word is not null)
            {
                found.Add(word.ToString());
                word = null;
            }
        }
    }
}
