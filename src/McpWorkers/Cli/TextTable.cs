using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary>Rows for a person: columns as wide as they must be, the last one as wide as there is room.</summary>
internal static class TextTable
{
    // A terminal that is narrower than the other columns still shows the beginning of the last one.
    private const int LastMin = 10;

    private const int LastMax = 500;

    /// <param name="rows">The heads first; all of the same length.</param>
    /// <param name="isNumber">Whether the column with this index is one of numbers.</param>
    /// <param name="width">Of a line, in characters; null where nothing needs to be cut.</param>
    public static string Of(string[][] rows, Func<int, bool> isNumber, int? width)
    {
        int last = rows[0].Length - 1;
        int[] widths = [.. Enumerable.Range(0, last + 1).Select(column => rows.Max(row => row[column].Length))];
        int rest = width is { } all ? Math.Max(LastMin, all - widths[..last].Sum() - (2 * last) - 1) : LastMax;
        return string.Concat(rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            isNumber(column) ? cell.PadLeft(widths[column])
            : column == last ? TerminalText.OneLine(cell, rest)
            : cell.PadRight(widths[column]))).TrimEnd() + "\n"));
    }
}
