using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Arguments that make a program run code or other programs, or, of one that reads, write files.</summary>
internal static class InlineCode
{
    private static readonly Row[] Rows =
    [
        new(@"python[\d.]*|pypy\d*", @"-[A-Za-z]*c.*|-|timeit|pdb|code"),
        new(@"perl[\d.]*|ruby[\d.]*", "-[A-Za-z0-9]*[eEMmdrS].*|-"),
        new("node|nodejs|bun|deno|tsx", "-[a-z]*[epr].*|eval|-", "--eval", "--print", "--require", "--import", "--loader", "--experimental-loader"),
        new(@"php|lua[\d.]*|Rscript|R|osascript|tclsh|groovy|jshell|swift|ghc|elixir|erl|julia|octave|gnuplot", "-[a-zA-Z]*[erERBd].*|-run|-", "--eval"),
        new("[gmn]?awk|busybox-awk", @".*(system|getline|[|>@]|\\\n).*|-[^vF-].*|--.+"),
        new("g?find", "-exec|-execdir|-ok|-okdir|-fprint.*|-fls|-delete"),
        new("fd|fdfind", "-[A-Za-z]*[xX].*", "--exec", "--exec-batch"),
        new("g?tar|bsdtar", "-[A-Za-z]*[IF].*|[^/]*:.*", "--to-command", "--checkpoint-action", "--use-compress-program", "--info-script", "--new-volume-script", "--rsh-command", "--rmt-command", "--index-file"),
        new("rsync", "-[A-Za-z]*[eM].*", "--rsh", "--rsync-path", "--remote-option", "--config"),
        new("ssh", @"-[A-Za-z0-9]*[FI].*|(-[A-Za-z0-9]*o)?\s*[A-Za-z]*(?i:command|provider|exec|include|xauthlocation)[A-Za-z0-9]*[\s=].*"),
        new("scp|sftp", "-[A-Za-z0-9]*[oSDF].*"),
        new("ssh-keygen|ssh-add", "-[A-Za-z0-9]*[DswP].*"),
        new("rg|ripgrep", null, "--pre", "--hostname-bin"),
        new("ag|ack|bat|delta", null, "--pager"),
        new("gh", "alias|extensions?|ext|config"),
        new("fzf", null, "--preview", "--bind", "--listen", "--become"),
        new("g?sort", "-[A-Za-z]*o.*", "--compress-program", "--output"),
        new("split|csplit|sdiff|diff3|install|g?install", null, "--filter", "--diff-program", "--strip-program"),
        new("g?make|just|ninja", @"-[A-Za-z]*E.*|-[A-Za-z]*f-|-|/dev/.*|SHELL=.*|MAKEFLAGS=.*|.*\$\(.*|[A-Za-z_]\w*[:+?!]*=.*\s.*", "--eval"),
        new("vim?|g?vimdiff|gvim|rvim|nvim|ex|emacs|emacsclient|ed|less|man|more|most|info|view|nano", ".+"),
        new("zip", "-[A-Za-z]*T.*", "--unzip-command"),
        new("curl", "-[A-Za-z]*K.*", "--config"),
        new("wget", "-[A-Za-z]*e.*", "--execute", "--use-askpass", "--config"),
        new("tcpdump", "-[A-Za-z]*z.*"),
        new("ip", "exec|-b.*|-batch"),
        new("sqlite3|mysql|mariadb|psql|dc|m4|bc|ftp", @".*[!|\\].*|.*\.(shell|system|load|output|once|import).*|.*(syscmd|readfile|writefile|edit\().*|-cmd|-init|-f.*|--file.*"),
        new("rename|prename|file-rename", ".+"),
        new("g?cc|[gc][+][+]|clang([+][+])?|ld", "-wrapper|-fplugin.*|-plugin.*|-B.*|-specs.*|@.*"),
        new("hg|svn", null, "--config", "--config-option", "--diff-cmd", "--diff3-cmd", "--editor-cmd", "--ssh"),
        new("apt|apt-get|aptitude|dpkg|yum|dnf", "-[A-Za-z]*[oc].*", "--option", "--config-file", "--setopt", "--pre-invoke", "--post-invoke"),
        new("go|cargo|npm|yarn|pnpm", "--?(exec|toolexec|vettool).*|exec|x|dlx|-c", "--config", "--script-shell", "--call"),
        new("env", "-[A-Za-z0-9]*S.*", "--split-string"),
        new("su|runuser|script|flock|sg", "-[A-Za-z]*c..*", "--command", "--session-command"),
    ];

    /// <summary>They take their code from standard input where they are given no file.</summary>
    private static readonly Regex Interpreters = Program(@"python[\d.]*|pypy\d*|perl[\d.]*|ruby[\d.]*|node|nodejs|php|lua[\d.]*|Rscript|osascript|tclsh");

    /// <summary>Their first word is code, or says which of many programs they are.</summary>
    private static readonly Regex Coded = Program(@"git|[gmn]?awk|python[\d.]*|pypy\d*|perl[\d.]*|ruby[\d.]*|node|nodejs|php");

    private static readonly Regex Sed = Program("g?sed");

    /// <summary>What they run stands in files anyway.</summary>
    private static readonly Regex RunningFiles = Program("g?make|just|ninja|go|cargo|npm|yarn|pnpm|g?cc|[gc][+][+]|clang.*|ld|gh|curl|wget");

    /// <summary>An interpreter reads its code there.</summary>
    private static readonly Regex StandardInput = new(@"^/(dev/(stdin|fd/.*)|proc/.*/fd/.*)$", RegexOptions.NonBacktracking);

    /// <summary>Whether one of its arguments makes it run code, or other programs, that stand in no word of the shell.</summary>
    public static bool IsIn(string name, IReadOnlyList<ShellWord> arguments) =>
        Rows.Any(row => row.Program.IsMatch(name) && arguments.Any(a => a.IsWhole && (row.Argument?.IsMatch(a.Text) == true || LongOptions.Names(a.Text, row.Long))))
        || (name.Equals("git", StringComparison.OrdinalIgnoreCase) && GitCode.IsIn(arguments))
        || (Sed.IsMatch(name) && !SedScript.IsPlain(arguments))
        || (IsTar(name) && arguments is [{ IsWhole: true } letters, ..] && letters.Text.All(char.IsAsciiLetter) && letters.Text.AsSpan().IndexOfAny('I', 'F') >= 0)
        || (Interpreters.IsMatch(name) && arguments.All(a => a.Text is ['-', ..] and not ("--version" or "-V" or "-v")))
        || (Interpreters.IsMatch(name) && arguments.Any(a => IsStandardInput(a.Text)));

    /// <summary>Whether a file is what the shell, or another program, gives it to read.</summary>
    public static bool IsStandardInput(string file) => StandardInput.IsMatch(file);

    /// <summary>Whether the code itself, or the command of git, is known only when it runs.</summary>
    public static bool IsUnknown(string name, IReadOnlyList<ShellWord> arguments) =>
        arguments.SkipWhile(a => a is { IsWhole: true, Text: ['-', ..] }).FirstOrDefault() is { Known: Known.Nothing } && Coded.IsMatch(name);

    /// <summary>Whether a word that is known only when it runs may become such an argument.</summary>
    public static bool MayBecome(string name, IReadOnlyList<ShellWord> arguments) =>
        arguments.Any(MayBeOption)
        && ((name.Equals("git", StringComparison.OrdinalIgnoreCase) && GitCode.MayBecome(arguments))
            || Sed.IsMatch(name)
            || (!RunningFiles.IsMatch(name) && Rows.Any(row => row.Program.IsMatch(name))));

    /// <summary>A pattern of files becomes an option where a file is called so.</summary>
    private static bool MayBeOption(ShellWord word) => word.Known == Known.Nothing || (word.Known == Known.Pattern && word.Text is "" or ['-', ..]);

    private static bool IsTar(string name) => name.EndsWith("tar", StringComparison.OrdinalIgnoreCase);

    private static Regex Program(string pattern) => new($"^(?:{pattern})$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    private sealed class Row(string program, string? argument, params string[] longOptions)
    {
        public Regex Program { get; } = InlineCode.Program(program);

        public Regex? Argument { get; } = argument is null ? null : new($"^(?:{argument})$", RegexOptions.NonBacktracking | RegexOptions.Singleline);

        public IReadOnlyList<string> Long { get; } = longOptions;
    }
}
