using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The processes of a run on Windows: those of a job object that its wrapper makes, named by the run's marker so that an adopter can open it. It
/// does not kill on close: a run outlives its host. The name lasts as long as the wrapper does. Not proved yet.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class RunJob
{
    private const uint QueryAccess = 0x0004; // JOB_OBJECT_QUERY
    private const int ProcessIdList = 3; // JobObjectBasicProcessIdList
    private const int ProcessesMax = 4096;
    private const uint ControlBreak = 1; // CTRL_BREAK_EVENT

    /// <summary>Puts this process, and with it all that it will start, into the run's job.</summary>
    /// <returns>The job, to be held open as long as the run lasts.</returns>
    public static SafeFileHandle Enter(string marker)
    {
        var job = Create(0, NameOf(marker));
        using var self = Process.GetCurrentProcess();
        return !job.IsInvalid && Assign(job, self.SafeHandle) ? job : throw new Win32Exception();
    }

    public static IReadOnlyList<ProcessKey> Members(string marker)
    {
        using var job = Open(QueryAccess, false, NameOf(marker));
        if (job.IsInvalid)
        {
            return [];
        }

        // Two counts of 32 bits, then the ids, each as wide as a pointer.
        var list = new nint[ProcessesMax + 1];
        fixed (nint* at = list)
        {
            if (!Query(job, ProcessIdList, at, (uint)(list.Length * sizeof(nint)), out _))
            {
                throw new Win32Exception();
            }

            int count = ((int*)at)[1];
            var ids = new ReadOnlySpan<nint>((byte*)at + (2 * sizeof(int)), count).ToArray();
            return [.. ids.Select(id => Find((int)id)).OfType<ProcessEntry>().Select(entry => entry.Key)];
        }
    }

    public static IReadOnlyList<ProcessEntry> ReadTable()
    {
        var processes = Process.GetProcesses();
        var entries = processes.Select(EntryOf).OfType<ProcessEntry>().ToList();
        foreach (var process in processes)
        {
            process.Dispose();
        }

        return entries;
    }

    public static ProcessEntry? Find(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return EntryOf(process);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A break reaches the leader of a group on our console only; whoever does not hear it is killed by the plan's end.</summary>
    public static void Send(int pid, StopSignal signal)
    {
        if (signal != StopSignal.Kill)
        {
            _ = SendBreak(ControlBreak, (uint)pid);
            return;
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It is gone, or going: who asks looks again.
        }
    }

    private static string NameOf(string marker) => $"Local\\mcpworkers/{marker}";

    /// <summary>Parents and sessions are not asked for: the job tells who belongs to a run.</summary>
    private static ProcessEntry? EntryOf(Process process)
    {
        try
        {
            string start = process.StartTime.ToFileTimeUtc().ToString(CultureInfo.InvariantCulture);
            return new(new(process.Id, start), 0, 0, process.HasExited);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle Create(nint security, string name);

    [LibraryImport("kernel32", EntryPoint = "OpenJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle Open(uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, string name);

    [LibraryImport("kernel32", EntryPoint = "AssignProcessToJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Assign(SafeFileHandle job, SafeProcessHandle process);

    [LibraryImport("kernel32", EntryPoint = "QueryInformationJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Query(SafeFileHandle job, int what, void* into, uint length, out uint written);

    [LibraryImport("kernel32", EntryPoint = "GenerateConsoleCtrlEvent", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SendBreak(uint what, uint group);
}
