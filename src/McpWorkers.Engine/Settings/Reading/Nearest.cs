namespace McpWorkers.Engine.Settings.Reading;

/// <summary>Finds what a mistyped name may have meant.</summary>
internal static class Nearest
{
    /// <summary>The name with the fewest edits, where they are few against its length; else null.</summary>
    public static string? To(string written, IEnumerable<string> names)
    {
        var best = names.Select(name => (name, edits: Edits(written, name))).MinBy(c => c.edits);
        return best.name is not null && best.edits <= Math.Max(1, best.name.Length / 4) ? best.name : null;
    }

    /// <summary>Levenshtein's distance, one row at a time.</summary>
    private static int Edits(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
