using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>Writes TOML values. Not JSON's escapes: a TOML escape names a whole character, never half of a pair.</summary>
internal static class Toml
{
    public static string Array(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Text))}]";

    public static string Text(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (char.IsControl(c))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append('"').ToString();
    }
}
