using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Programs that run what their arguments say.</summary>
internal static partial class RunningOthers
{
    private static readonly HashSet<string> Shells = new(StringComparer.OrdinalIgnoreCase) { "sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "rbash" };

    /// <summary>Whose language is not that of a POSIX shell.</summary>
    private static readonly HashSet<string> OtherShells = new(StringComparer.OrdinalIgnoreCase) { "fish", "csh", "tcsh", "pwsh", "powershell", "cmd", "nu", "xonsh", "elvish" };

    private static readonly HashSet<string> Runners = new(StringComparer.OrdinalIgnoreCase)
    {
        "sudo", "doas", "su", "runuser", "pkexec", "env", "xargs", "parallel", "watch", "setsid", "strace", "ltrace", "ionice", "chrt", "taskset", "stdbuf",
        "unbuffer", "script", "flock", "chroot", "unshare", "nsenter", "systemd-run", "at", "batch", "ssh", "busybox", "toybox", "nohup", "exec", "command",
        "builtin", "time", "nice", "timeout", "trap", "setpriv", "prlimit", "firejail", "bwrap", "entr", "expect", "screen", "tmux", "gdb", "dbus-run-session",
        "start-stop-daemon", "crontab", "mapfile", "readarray", "complete", "caffeinate", "arch", "nocorrect", "noglob", "xvfb-run", "fakeroot", "proot",
    };

    /// <summary>They may run anything too, but seldom a command of this machine: a rule with '*' is enough to allow them.</summary>
    private static readonly HashSet<string> Carriers = new(StringComparer.OrdinalIgnoreCase)
    {
        "docker", "podman", "nerdctl", "kubectl", "npx", "bunx", "pnpx", "uvx", "uv", "pipx", "poetry", "bundle", "mise", "direnv", "nix", "nix-shell", "wsl",
    };

    /// <summary>They take what they run from elsewhere.</summary>
    private static readonly HashSet<string> Readers = new(StringComparer.OrdinalIgnoreCase) { "parallel", "at", "batch", "expect", "gdb", "crontab", "busybox", "toybox" };

    /// <summary>They take their code from standard input where they are given no file.</summary>
    private static readonly Regex Interpreters = Program(@"python[\d.]*|pypy\d*|perl[\d.]*|ruby[\d.]*|node|nodejs|php|lua[\d.]*|Rscript|osascript|tclsh");

    private static readonly (Regex Program, Regex Argument)[] InlineCode =
    [
        (Program(@"python[\d.]*|pypy\d*"), Argument("-[A-Za-z]*c.*")),
        (Program(@"perl[\d.]*|ruby[\d.]*"), Argument("-[A-Za-z0-9]*[eE].*")),
        (Program("node|nodejs|bun|deno|tsx"), Argument("-[a-z]*[epr].*|--eval.*|--print.*|--require.*|--import.*|eval|-")),
        (Program("php|lua[\\d.]*|Rscript|osascript|tclsh|groovy|jshell|swift|ghc|elixir|erl|julia"), Argument("-[a-zA-Z]*[erERB].*|--eval.*|-eval|-run|-")),
        (Program("[gmn]?awk|busybox-awk"), Argument(@".*(system|getline|[|>]).*|-f.*|--file.*|-e.*")),
        (Program("g?sed"), Argument(@"(.*[;{}0-9$/\n])?\s*[ewW](\s.*|$)|.*/[gpimIM0-9]*[ew]([\s;}].*|$)|-f.*|--file.*")),
        (Program("g?find"), Argument("-exec|-execdir|-ok|-okdir|-fprint.*|-fls")),
        (Program("g?tar|bsdtar"), Argument("--to-command.*|--checkpoint-action.*|--use-compress.*|-[A-Za-z]*[IF].*|--info-script.*|--new-volume.*|--rsh.*|--rmt.*")),
        (Program("rsync"), Argument("-[A-Za-z]*e.*|--rsh.*|--rsync-path.*")),
        (Program("scp|sftp"), Argument("-[A-Za-z]*[oSD].*")),
        (Program("rg|ripgrep"), Argument("--pre.*|--hostname-bin.*")),
        (Program("g?sort"), Argument("--compress-prog.*")),
        (Program("git"), Argument("-c.*|--config-env.*|--exec.*|-x.*|--upload-pack.*|--receive-pack.*|--ext-diff|--open-files-in-pager.*|-O.*|bisect|filter-branch|foreach|ext::.*|mergetool|difftool|(core|credential|alias|pager|sequence|diff|merge|filter|gpg|interactive|browser|man)\\.\\S+.*")),
        (Program("g?make|just|ninja"), Argument("--eval.*|SHELL=.*|MAKEFLAGS=.*|.*\\$\\(.*")),
        (Program("vim?|nvim|ex|emacs|ed|less|man|more|view"), Argument(".+")),
        (Program("zip"), Argument("-[A-Za-z]*T.*|--unzip-command.*")),
        (Program("curl"), Argument("-[A-Za-z]*K.*|--config.*")),
        (Program("go|cargo|npm|yarn|pnpm"), Argument("-exec.*|-toolexec.*|--config.*|--script-shell.*|exec|x|dlx|-c|--call.*")),
    ];

    public static bool IsShell(string name) => Shells.Contains(name);

    public static bool IsOtherShell(string name) => OtherShells.Contains(name);

    public static bool IsRunner(string name) => Runners.Contains(name);

    public static bool ReadsCommands(string name) => Readers.Contains(name);

    public static bool IsCarrier(string name) => Carriers.Contains(name);

    /// <summary>Whether one of its arguments makes it run code, or other programs, that stand in no word of the shell.</summary>
    public static bool HasCode(string name, IReadOnlyList<ShellWord> arguments) =>
        InlineCode.Any(row => row.Program.IsMatch(name) && arguments.Any(a => a.IsWhole && row.Argument.IsMatch(a.Text)))
        || (Interpreters.IsMatch(name) && arguments.All(a => a.Text is ['-', ..] and not ("--version" or "-V" or "-v")));

    /// <summary>The name by which a rule knows it: without its directory and <c>.exe</c>.</summary>
    public static string NameOf(ShellWord word)
    {
        string name = word.Text[(word.Text.LastIndexOfAny(['/', '\\']) + 1)..];
        return name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
    }

    /// <summary>NAME=VALUE, NAME+=VALUE or NAME[…]=VALUE before a command.</summary>
    public static bool IsAssignment(ShellWord word) => Assignment().IsMatch(word.Text);

    private static Regex Program(string pattern) => new($"^(?:{pattern})$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    private static Regex Argument(string pattern) => new($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.Singleline);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(\[[^\]]*\])?\+?=")]
    private static partial Regex Assignment();
}
