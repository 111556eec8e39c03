using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>What to quote of an agent's standard error, and of its messages.</summary>
internal static partial class LastWords
{
    private const int StderrCharactersMax = 500;
    private const int MessageCharactersMax = 2000;

    /// <summary>
    /// The last lines that fit and say something: no blank ones, no warnings, no stack frames, no terminal colours. Empty where there are
    /// none.
    /// </summary>
    public static string Of(string stderr)
    {
        string[] lines = [.. Colours().Replace(stderr, "").Split('\n').Select(line => line.TrimEnd()).Where(line => line.Any(char.IsLetter))];
        string[] telling = [.. lines.Where(line => !IsNoise(line))];
        if (telling.Length == 0)
        {
            telling = lines;
        }

        int first = telling.Length;
        int length = 0;
        while (first > 0 && (length += telling[first - 1].Length + 1) <= StderrCharactersMax)
        {
            first--;
        }

        string words = string.Join('\n', telling[first..]);
        return (words.Length > 0 || telling.Length == 0 ? words : telling[^1][^StderrCharactersMax..]).Trim();
    }

    /// <summary>Keeps a message at a readable length.</summary>
    public static string Shorten(string message) =>
        message.Length > MessageCharactersMax ? string.Concat(message.AsSpan(0, MessageCharactersMax), "…") : message;

    private static bool IsNoise(string line) =>
        line.StartsWith("Warning", StringComparison.OrdinalIgnoreCase) || StackFrame().IsMatch(line);

    /// <summary>Escape, parameters, and the letter that ends the sequence.</summary>
    [GeneratedRegex(@"\x1b[^A-Za-z]*[A-Za-z]?", RegexOptions.CultureInvariant)]
    private static partial Regex Colours();

    [GeneratedRegex(@"^\s+at\s", RegexOptions.CultureInvariant)]
    private static partial Regex StackFrame();
}
