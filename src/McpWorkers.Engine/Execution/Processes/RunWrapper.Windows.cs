using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// What the shell script is elsewhere: the program around a run, as a subcommand of this executable. It enters the run's job, says who it is, runs
/// the command over the run's files and writes down how it ended. Input as a channel is not to be had here. Not proved yet.
/// </summary>
public static partial class RunWrapper
{
    /// <summary>The hidden subcommand: <c>run-wrapper DIRECTORY TICKET EXECUTABLE ARGUMENTS…</c>.</summary>
    public const string Subcommand = "run-wrapper";

    private static readonly int[] StandardHandles = [-10, -11, -12]; // STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE

    /// <summary>The body of the subcommand. Returns the command's exit code, or 125 where it was not started.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (!OperatingSystem.IsWindows() || arguments is not [var directory, var ticket, var executable, ..] || RunMarker.OfThisHost is not { } marker)
        {
            return Wrapper.NotStarted;
        }

        var files = new RunFiles(directory);
        if (!files.IsOf(ticket))
        {
            return Wrapper.NotStarted;
        }

        using var job = RunJob.Enter(marker);
        using var input = Redirect(0, files.Stdin, FileMode.Open, FileAccess.Read);
        using var output = Redirect(1, files.Stdout, FileMode.Append, FileAccess.Write);
        using var errors = Redirect(2, files.Stderr, FileMode.Append, FileAccess.Write);
        try
        {
            var self = RunJob.Find(Environment.ProcessId)!.Value.Key;
            RunFiles.Create(files.Pid, $"{self.Pid} {self.Start}\n");
        }
        catch (IOException)
        {
            // A tombstone stands there: somebody has found that nothing ran, and so it stays.
            return Wrapper.NotStarted;
        }

        if (!files.IsOf(ticket))
        {
            return Wrapper.NotStarted;
        }

        var start = new ProcessStartInfo(executable, arguments.Skip(3)) { UseShellExecute = false, CreateNewProcessGroup = true };
        using var command = Process.Start(start)!;
        await command.WaitForExitAsync();
        await using var exit = new FileStream(files.Exit, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await exit.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{command.ExitCode & 0xFF,-7}\n")));
        return command.ExitCode;
    }

    /// <exception cref="Win32Exception">The system's error.</exception>
    [SupportedOSPlatform("windows")]
    internal static int Start(RunFiles files, string ticket, CommandLaunch launch, IEnumerable<string> environment)
    {
        if (launch.Input is LaunchInput.Channel)
        {
            throw new LaunchException("A run whose input goes on while it runs cannot be started on Windows.");
        }

        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. OwnArguments(), Subcommand, files.Directory, ticket, launch.Executable, .. launch.Arguments])
        {
            WorkingDirectory = launch.WorkingDirectory,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (string[] variable in environment.Select(assignment => assignment.Split('=', 2)))
        {
            start.Environment[variable[0]] = variable[1];
        }

        using var wrapper = Process.Start(start)!;
        return wrapper.Id;
    }

    /// <summary>Under <c>dotnet mcpworkers.dll</c> the assembly belongs to what is started again.</summary>
    private static string[] OwnArguments() =>
        Environment.GetCommandLineArgs()[0] is var first && Path.GetExtension(first) == ".dll" ? [Path.GetFullPath(first)] : [];

    /// <summary>Makes a file a standard handle of this process, and so of the command, which inherits it.</summary>
    [SupportedOSPlatform("windows")]
    private static SafeFileHandle Redirect(int which, string path, FileMode mode, FileAccess access)
    {
        var file = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete | FileShare.Inheritable);
        return SetStandardHandle(StandardHandles[which], file) ? file : throw new Win32Exception();
    }

    [LibraryImport("kernel32", EntryPoint = "SetStdHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetStandardHandle(int which, SafeFileHandle handle);
}
