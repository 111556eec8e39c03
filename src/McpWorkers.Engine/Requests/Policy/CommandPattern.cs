using System.Buffers;
using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>One of a rule's commands: words, in which <c>*</c> stands for any characters, and as the last word for any further words, or none.</summary>
internal static class CommandPattern
{
    private const string Any = "*";

    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Of an allow rule: word for word, as it is spelled, with nothing behind that the pattern does not name.</summary>
    public static bool Covers(string pattern, ShellCommand command)
    {
        string[] parts = Parts(pattern);
        bool open = parts is [.., Any];
        var words = command.Words;
        if (words.Count < (open ? parts.Length - 1 : parts.Length) || (!open && words.Count > parts.Length) || (command.RunsArguments && pattern.Contains('*', StringComparison.Ordinal)))
        {
            return false;
        }

        for (int i = 0; i < (open ? parts.Length - 1 : parts.Length); i++)
        {
            if (!words[i].IsWhole || !Wildcards.Matches(parts[i], words[i].Text, ignoreCase: false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Of a deny rule: also with further words behind, by another path to the same program, in other case, with options in between, and with its short
    /// options in another order or apart.
    /// </summary>
    /// <param name="words">Of the command, with its assignments.</param>
    public static Match Meets(string pattern, IReadOnlyList<ShellWord> words)
    {
        string[] parts = Parts(pattern);
        ShellWord[] rest = [.. words.Skip(ShellUnwrapping.FirstOf(words))];
        if (parts.Length == 0 || rest.Length == 0)
        {
            return Match.No;
        }

        if (!rest[0].IsWhole)
        {
            return Match.Maybe;
        }

        if (!Wildcards.Matches(parts[0], rest[0].Text, ignoreCase: true)
            && !Wildcards.Matches(RunningOthers.NameOf(new(parts[0])), RunningOthers.NameOf(rest[0]), ignoreCase: true))
        {
            return Match.No;
        }

        string[] further = parts is [_, .. var middle, Any] ? middle : parts[1..];
        return further.Length == 0 ? Match.Yes : Further(further, rest[1..]);
    }

    private static Match Further(string[] parts, ShellWord[] words)
    {
        var flags = words.Where(w => w.IsWhole && IsFlags(w.Text)).SelectMany(w => w.Text[1..]).ToHashSet();
        var match = Match.Yes;
        int at = 0;
        foreach (string part in parts)
        {
            if (IsFlags(part) && part[1..].All(flags.Contains))
            {
                continue;
            }

            while (true)
            {
                if (at == words.Length)
                {
                    return Match.No;
                }

                var word = words[at];
                if (!word.IsWhole)
                {
                    return Match.Maybe;
                }

                at++;
                if (Wildcards.Matches(part, word.Text, ignoreCase: true))
                {
                    break;
                }

                bool option = word.Text.StartsWith('-');
                if (!option && !(at >= 2 && words[at - 2].Text.StartsWith('-')))
                {
                    return Match.No;
                }

                // A word behind an option may be its value, or not.
                match = option ? match : Match.Maybe;
            }
        }

        return match;
    }

    private static bool IsFlags(string word) => word.Length >= 2 && word[0] == '-' && word.AsSpan(1).IndexOfAnyExcept(Letters) < 0;

    private static string[] Parts(string pattern) => pattern.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
