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
        "ssh-agent", "sshpass", "setarch", "linux32", "linux64", "i386", "x86_64", "torify", "torsocks", "proxychains", "proxychains4", "faketime", "eatmydata", "nocache", "chpst",
        "gosu", "su-exec", "tini", "dumb-init", "runcon", "choom", "numactl", "perf", "valgrind", "rlwrap", "dtach", "abduco", "setlock", "logsave", "daemonize", "cgexec", "cpulimit",
        "sg", "hyperfine", "watchexec", "nodemon", "chronic", "ifne", "pee", "mispipe", "run-parts", "xterm", "alias", "enable", "bind", "compgen", "fc", "lckdo",
    };

    /// <summary>They may run anything too, but seldom a command of this machine: a rule with '*' is enough to allow them.</summary>
    private static readonly HashSet<string> Carriers = new(StringComparer.OrdinalIgnoreCase)
    {
        "docker", "podman", "nerdctl", "kubectl", "npx", "bunx", "pnpx", "uvx", "uv", "pipx", "poetry", "bundle", "mise", "direnv", "nix", "nix-shell", "wsl",
    };

    /// <summary>They take what they run from elsewhere.</summary>
    private static readonly HashSet<string> Readers = new(StringComparer.OrdinalIgnoreCase) { "parallel", "at", "batch", "expect", "gdb", "crontab", "busybox", "toybox" };

    public static bool IsShell(string name) => Shells.Contains(name);

    public static bool IsOtherShell(string name) => OtherShells.Contains(name);

    public static bool IsRunner(string name) => Runners.Contains(name);

    public static bool ReadsCommands(string name) => Readers.Contains(name);

    public static bool IsCarrier(string name) => Carriers.Contains(name);

    /// <summary>The name by which a rule knows it: without its directory and <c>.exe</c>.</summary>
    public static string NameOf(ShellWord word)
    {
        string name = word.Text[(word.Text.LastIndexOfAny(['/', '\\']) + 1)..];
        return name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
    }

    /// <summary>NAME=VALUE, NAME+=VALUE or NAME[…]=VALUE before a command.</summary>
    public static bool IsAssignment(ShellWord word) => Assignment().IsMatch(word.Text);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(\[[^\]]*\])?\+?=")]
    private static partial Regex Assignment();
}
