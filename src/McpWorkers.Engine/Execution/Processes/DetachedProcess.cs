using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A program of ours that outlives us: the daemon, started by the first command that needs it.</summary>
public sealed class DetachedProcess
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // The subshell is the program to be; it ends the shell around it ($$ is that one's id also in here), so that it is nobody's child but
    // init's. Not `"$@" &`: a shell makes what it starts in the background ignore SIGINT, and that cannot be undone.
    private const string Script = """
        exec </dev/null >>"$1" 2>&1
        set -f; IFS='
        '
        for mcpw_g in $2; do { echo 0 >>"$mcpw_g/cgroup.procs"; } 2>/dev/null; done
        set +f; unset IFS
        shift 2
        (kill -KILL $$; exec "$@")
        :
        """;

    private readonly int _session;

    private DetachedProcess(int session) => _session = session;

    /// <summary>Whether nothing of it lives any more: also where it could not begin. The log says why.</summary>
    public bool HasEnded => !ProcessPlatform.Table().Any(entry => entry.Session == _session && !entry.IsZombie);

    /// <summary>
    /// Starts a program in a session of its own, working directory <c>/</c>, standard input null, no descriptor but the three standard ones,
    /// and without what would make it a part of the run within which we are: its variables, its cgroup. It is no child of ours.
    /// </summary>
    /// <param name="command">Absolute path of an executable, and its arguments.</param>
    /// <param name="environment">The whole environment; markers of runs in it are left out.</param>
    /// <param name="logPath">Gets standard output and standard error, appended; made 0600. Not written on Windows, where this is not proved yet.</param>
    /// <exception cref="LaunchException">It could not be started, or the log not be made.</exception>
    public static DetachedProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string logPath)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(environment);
        if (!ExecutableFinder.IsExecutable(command[0]))
        {
            throw new LaunchException($"'{command[0]}' is no executable file.");
        }

        var kept = environment.Where(variable => !RunMarker.IsVariable(variable.Key));
        try
        {
            return OperatingSystem.IsWindows() ? StartOnWindows(command, kept) : StartOnUnix(command, kept, logPath);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"'{command[0]}' could not be started in the background with the log '{logPath}': {e.Message}", e);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static DetachedProcess StartOnUnix(IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string>> environment, string logPath)
    {
        using (new FileStream(logPath, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly }))
        {
            // One that is there already may have been made by somebody with other manners.
            File.SetUnixFileMode(logPath, OwnerOnly);
        }

        HostProcess.Prepare();
        int shell = PosixSpawn.Start(
            Wrapper.Shell,
            ["sh", "-c", Script, "mcpworkers-start", Path.GetFullPath(logPath), string.Join('\n', RunCgroup.OutsideOfRuns), .. command],
            environment.Select(variable => $"{variable.Key}={variable.Value}"),
            "/");

        // It ends itself within milliseconds, whatever becomes of the program.
        PosixSpawn.Reap(shell);
        return new(shell);
    }

    [SupportedOSPlatform("windows")]
    private static DetachedProcess StartOnWindows(IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = Path.GetPathRoot(Environment.SystemDirectory)!,
            UseShellExecute = false,
            CreateNoWindow = true,
            CreateNewProcessGroup = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var program = Process.Start(start)!;
        return new(program.Id);
    }
}
