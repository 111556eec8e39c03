using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>The words of commands as paths: any of them may be one.</summary>
internal static class ShellPaths
{
    private static readonly string[] Moving = ["cd", "pushd", "popd", "chdir"];

    /// <summary>What is thrown away, and no file.</summary>
    public static bool IsNothing(ShellWord word) => word is { IsWhole: true, Text: "/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty" };

    /// <summary>Whether the line leaves the directory in which it begins: what is relative leads elsewhere then.</summary>
    public static bool Moves(ShellLine line) =>
        line.Commands.Select(c => c.Words).Concat(line.Hidden).Any(words => words.Any(w => w.IsWhole && Moving.Contains(w.Text)));

    public static UsedPath Of(ShellWord word, Place place) => Of(word.Text, word.Known, place, Below.Nothing);

    /// <summary>All that a word may mean as a path, for a deny rule.</summary>
    public static IEnumerable<UsedPath> ForDenying(IReadOnlyList<ShellWord> words, Place place)
    {
        bool moves = words.Any(w => w.IsWhole && Moving.Contains(w.Text));
        return words.SelectMany(word => Texts(word.Text).Select(text =>
            Of(text, word.Known, place, moves || IsDirectory(text) ? Below.All : Below.Perhaps)));
    }

    /// <summary>The paths of a command that an allow rule with paths must cover; null where not all of them can be told.</summary>
    public static IReadOnlyList<UsedPath>? ForAllowing(ShellCommand command, Place place)
    {
        List<UsedPath> paths = [UsedPath.Of(".", place, Below.Perhaps)];
        foreach (var word in command.Words.Skip(1))
        {
            if (!word.IsWhole)
            {
                return null;
            }

            int equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            bool option = word.Text.StartsWith('-');
            string text = option && equals > 0 ? word.Text[(equals + 1)..] : word.Text;
            if (option && equals < 0)
            {
                if (word.Text.AsSpan().IndexOfAny("/~.") >= 0)
                {
                    // -I/usr, -o../x: where the option ends and the path begins is the program's to know.
                    return null;
                }
            }
            else if (text.AsSpan().IndexOfAny("@:=") >= 0)
            {
                return null;
            }
            else if (text.Length > 0)
            {
                paths.Add(UsedPath.Of(text, place, Below.Perhaps));
            }
        }

        return paths;
    }

    private static UsedPath Of(string text, Known known, Place place, Below below) => known switch
    {
        Known.Whole when text.Length > 0 => UsedPath.Of(text, place, below),
        Known.Whole => new([], [], Sure: true, below),
        Known.Pattern => UsedPath.Of(text[..(text.LastIndexOf('/') + 1)] + ".", place, Below.All),
        _ => new([], [], Sure: false, below),
    };

    private static bool IsDirectory(string text) =>
        text is "." or ".." or "~" || text.EndsWith('/') || text.EndsWith("/.", StringComparison.Ordinal) || text.EndsWith("/..", StringComparison.Ordinal);

    /// <summary>Also what stands in a word as <c>--file=/etc/x</c>, <c>if=x</c>, <c>@x</c>, <c>host:x</c>, <c>-Ix</c>.</summary>
    private static IEnumerable<string> Texts(string word)
    {
        yield return word;
        for (int i = 0; i < word.Length - 1; i++)
        {
            if (word[i] is '=' or '@' or ':' or ',' || (i == 1 && word[0] == '-'))
            {
                yield return word[(i + 1)..];
            }
        }
    }
}
