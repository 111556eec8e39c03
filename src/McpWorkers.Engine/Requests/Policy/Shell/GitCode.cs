using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>What git is told to run, and the settings by which it would be.</summary>
internal static class GitCode
{
    private static readonly string[] Long =
    [
        "--config-env", "--exec", "--exec-path", "--upload-pack", "--receive-pack", "--ext-diff", "--open-files-in-pager", "--extcmd", "--output", "--output-directory",
        "--export-marks", "--template", "--access-hook", "--config",
    ];

    /// <summary>Of these the short options say that too.</summary>
    private static readonly (string Command, string Letters)[] Short = [("clone", "u"), ("archive", "o"), ("format-patch", "o")];

    /// <summary>Their own text or message may hold what the shell puts there: it cannot make them run anything.</summary>
    private static readonly string[] Plain = ["commit", "tag", "add", "status", "branch", "checkout", "switch", "restore", "stash", "mv", "rm", "rev-parse", "merge-base"];

    private static readonly Regex Word = new(
        @"^(-c.*|-x.*|-O.*|bisect|filter-branch|foreach|difftool|mergetool|send-email|instaweb|web--browse|hook|for-each-repo|remote-ext|(ext|fd)::.*)$",
        RegexOptions.Singleline | RegexOptions.NonBacktracking);

    /// <summary>Sections of settings, whose names are the same in upper and lower case.</summary>
    private static readonly Regex Setting = new(
        @"^(core|credential|alias|pager|sequence|diff|merge|filter|gpg|interactive|browser|man|remote|url|protocol|uploadpack|uploadarchive|submodule|init|include|includeif"
        + @"|trailer|help|web|instaweb|sendemail|guitool|difftool|mergetool|ssh|tar|hook|extensions|fetch|receive|rebase)(\..*)?$",
        RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.IgnoreCase);

    public static bool IsIn(IReadOnlyList<ShellWord> arguments)
    {
        string[] words = [.. arguments.Where(a => a.IsWhole).Select(a => a.Text)];
        bool sets = words.Contains("config");
        return words.Any(word =>
            Word.IsMatch(word) || LongOptions.Names(word, Long) || (sets && Setting.IsMatch(word)) || Short.Any(s => words.Contains(s.Command) && IsShort(s.Letters, word)));
    }

    /// <summary>A word that is known only when it runs may be such an option.</summary>
    public static bool MayBecome(IReadOnlyList<ShellWord> arguments) =>
        arguments is not [{ IsWhole: true } command, ..] || !Plain.Contains(command.Text);

    private static bool IsShort(string letters, string word) => word is ['-', not '-', ..] && word.AsSpan().IndexOfAny(letters) > 0;
}
