namespace McpWorkers.Engine.Requests.Policy;

/// <summary><c>*</c> for any characters, in time that grows with the product of both lengths.</summary>
internal static class Wildcards
{
    /// <param name="single">The character that stands for any one; null: none does.</param>
    public static bool Matches(string pattern, string text, bool ignoreCase, char? single = null)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && (pattern[p] == single || Same(pattern[p], text[t], ignoreCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b));
}
