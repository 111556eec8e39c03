using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Variables whose value is a command, code or options to a program that is run later: <c>GIT_SSH_COMMAND='rm x' git fetch</c>.</summary>
internal static class CommandVariables
{
    private static readonly string[] Declaring = ["export", "declare", "typeset", "readonly", "local", "env"];

    private static readonly Regex Name = new(
        @"^(GIT_.*|.*PAGER|.*EDITOR|VISUAL|FCEDIT|LESSOPEN|LESSCLOSE|LESS|BROWSER|.*ASKPASS|.*_RSH|RSH|TAR_OPTIONS|SHELL|PROMPT_COMMAND|PS[0-4]|BASH_ENV|ENV|BASH_FUNC_.*|PERL5OPT|PERL5DB"
        + "|RUBYOPT|NODE_OPTIONS|PYTHONSTARTUP|PYTHONBREAKPOINT|PYTHONWARNINGS|G?MAKEFLAGS|GNUMAKEFLAGS|RUSTC.*|CARGO_.*(RUNNER|LINKER|RUSTC.*)|NPM_CONFIG_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|VIMINIT|EXINIT|MANOPT|GOFLAGS)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    /// <summary>Who wrote a commit and when, or a value that runs nothing of consequence.</summary>
    private static readonly Regex Harmless = new(@"^(GIT_(AUTHOR|COMMITTER)_[A-Z]+=.*|\w+=(cat|true|:|\d*))$", RegexOptions.NonBacktracking | RegexOptions.Singleline);

    /// <summary>What it holds may be a denied command, or run one. A rule that allows must name the variable with its value anyway.</summary>
    public static void Look(ShellLine line, IReadOnlyList<ShellWord> words, int depth)
    {
        int first = ShellUnwrapping.FirstOf(words);
        bool declares = first < words.Count && Declaring.Contains(RunningOthers.NameOf(words[first]));
        foreach (var word in words.Take(declares ? words.Count : first).Where(IsCommand))
        {
            line.Hidden.Add([new("", Known.Nothing)]);
            ShellUnwrapping.HideText(line, word.Text[(word.Text.IndexOf('=', StringComparison.Ordinal) + 1)..].TrimStart('!'), depth);
        }
    }

    private static bool IsCommand(ShellWord word)
    {
        int equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && Name.IsMatch(word.Text[..equals].TrimEnd('+')) && !(word.IsWhole && Harmless.IsMatch(word.Text));
    }
}
