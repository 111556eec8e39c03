using System.Buffers;
using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Finds the command within a command: behind <c>timeout 60</c>, in the text of <c>bash -c</c>, after <c>sudo -u</c>.</summary>
internal static partial class ShellUnwrapping
{
    /// <summary>More words than this behind a runner are not tried one by one.</summary>
    private const int HiddenMax = 64;

    /// <summary>A word with one of these may be a line of its own.</summary>
    private static readonly SearchValues<char> TextSigns = SearchValues.Create(" \t\n;|&");

    private static readonly string[] ShellOptionsWithValue = ["-o", "+o", "-O", "+O"];

    public static void Add(ShellLine line, ShellCommand command, int depth)
    {
        CommandVariables.Look(line, command.Words, depth);
        int first = FirstOf(command.Words);
        if (first == command.Words.Count)
        {
            line.Commands.Add(command);
            return;
        }

        var name = command.Words[first];
        if (!name.IsWhole)
        {
            line.Doubts("what is run is known only when it runs");
            line.Commands.Add(command);
            return;
        }

        string called = RunningOthers.NameOf(name);
        var arguments = command.Words.Skip(first + 1).ToArray();
        if (first == 0 && InnerOf(name, arguments) is { } inner)
        {
            Add(line, command with { Words = inner }, depth);
        }
        else if (!TryScript(line, called, command, arguments, depth, hidden: false, prefixed: first > 0 || called != name.Text))
        {
            AddItself(line, command, called, arguments, depth);
        }
    }

    /// <summary>The place of the command's name: after the assignments.</summary>
    public static int FirstOf(IReadOnlyList<ShellWord> words)
    {
        int first = 0;
        while (first < words.Count && RunningOthers.IsAssignment(words[first]))
        {
            first++;
        }

        return first;
    }

    private static void AddItself(ShellLine line, ShellCommand command, string called, ShellWord[] arguments, int depth)
    {
        bool code = InlineCode.IsIn(called, arguments);
        bool runner = RunningOthers.IsRunner(called) || code;
        line.Commands.Add(command with { RunsArguments = runner || InlineCode.MayBecome(called, arguments) });
        if (RunningOthers.IsOtherShell(called))
        {
            line.Doubts($"'{called}', which has a language of its own");
        }

        if ((runner && (code || arguments.Any(a => !a.IsWhole)) && called != "find") || RunningOthers.ReadsCommands(called) || InlineCode.IsUnknown(called, arguments)
            || (called is "." or "source" && arguments.Any(a => !a.IsWhole || InlineCode.IsStandardInput(a.Text))))
        {
            line.Doubts($"'{called}' runs what its arguments say");
        }

        if (runner || RunningOthers.IsCarrier(called))
        {
            Hide(line, arguments, depth);
        }
    }

    /// <summary>Each word of a runner may be where another command begins; each text with more than a word may be a line of its own.</summary>
    public static void Hide(ShellLine line, IReadOnlyList<ShellWord> arguments, int depth)
    {
        if (arguments.Count > HiddenMax)
        {
            line.Doubts("too many words behind a command that runs others");
        }

        ShellWord[] tried = [.. arguments.Take(HiddenMax)];
        for (int i = 0; i < tried.Length && !line.IsFull; i++)
        {
            var rest = tried[i..];
            line.Hidden.Add(rest);
            CommandVariables.Look(line, rest, depth);
            TryScript(line, RunningOthers.NameOf(rest[0]), new() { Words = rest }, rest[1..], depth, hidden: true, prefixed: false);
            if (rest[0].Text.AsSpan().IndexOfAny(TextSigns) >= 0)
            {
                HideText(line, rest[0].Text, depth);
                foreach (string value in ValuesOf(rest[0].Text))
                {
                    HideText(line, value, depth);
                }
            }
        }
    }

    /// <summary><c>-oProxyCommand=rm x</c>, <c>-crm x</c>, <c>alias.y=!rm x</c>: where the option ends is the program's to know.</summary>
    private static IEnumerable<string> ValuesOf(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
        {
            yield return word[(equals + 1)..].TrimStart('!');
        }

        if (word is ['-', not '-', _, ..])
        {
            yield return word[2..];
        }
    }

    /// <summary>A text that may be a line of its own: what is found in it is for denials only.</summary>
    public static void HideText(ShellLine line, string text, int depth)
    {
        var within = new ShellLine(line);
        ShellParser.Into(within, text, depth + 1);
        if (within.Doubt is { } doubt)
        {
            line.Doubts(doubt);
        }

        line.Hidden.AddRange(within.Commands.Select(c => c.Words));
        line.Hidden.AddRange(within.Hidden);
    }

    /// <summary>A shell or <c>eval</c> that is given its script as a text.</summary>
    /// <param name="hidden">It may be no command at all: what is found is for denials only.</param>
    /// <param name="prefixed">It is not surely the shell of that name: it must be allowed itself too.</param>
    private static bool TryScript(ShellLine line, string called, ShellCommand command, ShellWord[] arguments, int depth, bool hidden, bool prefixed)
    {
        bool evaluated = called == "eval";
        if (!evaluated && !RunningOthers.IsShell(called))
        {
            return false;
        }

        string? script = evaluated
            ? arguments.All(a => a.IsWhole) ? string.Join(' ', arguments.Select(a => a.Text)) : null
            : ScriptOf(arguments, out bool file) is { } found ? found : file ? "" : null;
        if (script is null)
        {
            line.Doubts($"what '{called}' runs is not in the line");
        }

        if (hidden)
        {
            HideText(line, script ?? "", depth);
            return true;
        }

        foreach (string input in command.Inputs)
        {
            ShellParser.Into(line, input, depth + 1);
        }

        if (script is null or "" || prefixed)
        {
            line.Commands.Add(command);
        }
        else if (command.Files.Count > 0)
        {
            line.Commands.Add(command with { Words = [] });
        }

        ShellParser.Into(line, script ?? "", depth + 1);
        return true;
    }

    /// <param name="isFile">It runs a file, which is what a rule about the shell's own command is for.</param>
    private static string? ScriptOf(ShellWord[] arguments, out bool isFile)
    {
        isFile = false;
        bool text = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            var word = arguments[i];
            if (!word.IsWhole)
            {
                return null;
            }

            if (ShellOptionsWithValue.Contains(word.Text))
            {
                i++;
            }
            else if (ScriptOption().IsMatch(word.Text))
            {
                text = true;
            }
            else if (word.Text.Length == 0 || word.Text[0] is not ('-' or '+'))
            {
                isFile = !text && !InlineCode.IsStandardInput(word.Text);
                return text ? word.Text : null;
            }
            else if (!HarmlessOption().IsMatch(word.Text))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>What stands behind a command that changes nothing about what is run; null for any other, and where its options would have to be known.</summary>
    private static ShellWord[]? InnerOf(ShellWord name, ShellWord[] arguments)
    {
        int skipped = name.Text switch
        {
            "nohup" or "command" or "builtin" or "exec" or "time" or "nice" => 0,
            "timeout" when arguments is [{ IsWhole: true } limit, ..] && Duration().IsMatch(limit.Text) => 1,
            _ => -1,
        };
        var inner = skipped < 0 ? [] : arguments[skipped..];
        return inner is [{ IsWhole: true, Text: [not '-', ..] }, ..] && !RunningOthers.IsAssignment(inner[0]) ? inner : null;
    }

    [GeneratedRegex(@"^-[elux]*c[elux]*$")]
    private static partial Regex ScriptOption();

    [GeneratedRegex(@"^(-[eluxv]+|--norc|--noprofile|--posix|--login)$")]
    private static partial Regex HarmlessOption();

    [GeneratedRegex(@"^\d+(\.\d+)?[smhd]?$")]
    private static partial Regex Duration();
}
