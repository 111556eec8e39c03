using System.Text;

namespace McpWorkers.Engine.Workspaces.Checks;

/// <summary>Text of programs, made harmless to show: what a terminal would obey is to be seen instead.</summary>
internal static class VisibleText
{
    private const char ControlPictures = '\u2400';
    private const char DeletePicture = '\u2421';

    /// <summary>Line ends become line feeds; other control characters the pictures that Unicode has for them, or their numbers.</summary>
    public static string Of(string text)
    {
        var visible = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            char each = text[at];
            if (each == '\r')
            {
                // Alone it is how progress is drawn over the same line.
                visible.Append('\n');
                at += at + 1 < text.Length && text[at + 1] == '\n' ? 1 : 0;
            }
            else if (each is '\n' or '\t')
            {
                visible.Append(each);
            }
            else if (each < ' ')
            {
                visible.Append((char)(ControlPictures + each));
            }
            else if (each == '\u007f')
            {
                visible.Append(DeletePicture);
            }
            else if (char.IsControl(each) || IsDirection(each))
            {
                visible.Append($"\\u{(int)each:x4}");
            }
            else
            {
                visible.Append(each);
            }
        }

        return visible.ToString();
    }

    /// <summary>Those that make a text read otherwise than it stands.</summary>
    private static bool IsDirection(char each) => each is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';
}
