using System.ComponentModel;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The one place that knows on which kind of system it runs. Linux is proved, macOS runs by the same code, Windows is not proved yet.</summary>
internal static class ProcessPlatform
{
    /// <summary>Starts the program around a run. Returns its process id.</summary>
    /// <exception cref="Win32Exception">The system's error.</exception>
    public static int StartWrapper(RunFiles files, string ticket, CommandLaunch launch, LaunchRecord record)
    {
        var environment = RunMarker.AddTo(launch.Environment, record.Marker, record.Lineage);
        return OperatingSystem.IsWindows()
            ? RunWrapper.Start(files, ticket, launch, environment)
            : PosixSpawn.Start(
                Wrapper.Shell,
                [
                    "sh", "-c", launch.Input is LaunchInput.Channel ? Wrapper.GrowingInput : Wrapper.WholeInput,
                    "mcpworkers-run", files.Directory, ticket, CgroupsOf(record), launch.Executable, .. launch.Arguments,
                ],
                environment,
                launch.WorkingDirectory);
    }

    /// <summary>As the wrapper takes them: one in each line, with a plus those that the command must not begin without.</summary>
    private static string CgroupsOf(LaunchRecord record)
    {
        var needed = record.LimitCgroups.Values.Distinct().ToList();
        return string.Join('\n', needed.Select(path => "+" + path).Concat(record.Cgroup is { } known && !needed.Contains(known) ? [known] : []));
    }

    public static bool TryReap(int pid) => !OperatingSystem.IsWindows() && PosixSpawn.TryReap(pid);

    public static IReadOnlyList<ProcessEntry> Table() => OperatingSystem.IsWindows() ? RunJob.ReadTable() : ProcessTable.Read();

    /// <summary>Null where there is no such process.</summary>
    public static ProcessEntry? Find(int pid) => OperatingSystem.IsWindows() ? RunJob.Find(pid) : ProcessTable.Find(pid);

    /// <summary>Processes that can be told to be of this run by themselves, whatever has become of their parents.</summary>
    /// <param name="notBefore">Start ticks of the wrapper.</param>
    public static IReadOnlyList<ProcessKey> MarkedWith(string marker, long notBefore) => OperatingSystem.IsWindows()
        ? RunJob.Members(marker)
        : ProcessTable.WithVariable(marker, assignment => RunMarker.IsOf(assignment, marker), notBefore);

    public static void Send(int pid, StopSignal signal)
    {
        if (OperatingSystem.IsWindows())
        {
            RunJob.Send(pid, signal);
        }
        else
        {
            PosixSpawn.Send(pid, signal);
        }
    }
}
