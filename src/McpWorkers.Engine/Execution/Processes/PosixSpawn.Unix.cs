using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// Starts a process in a session of its own, with signals as a shell would have them. <c>System.Diagnostics.Process</c> can do neither:
/// its children share our session, ignore SIGPIPE, and inherit an ignored SIGINT from a host that was started in the background.
/// </summary>
internal static unsafe partial class PosixSpawn
{
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;

    private const int InterruptedCall = 4; // EINTR

    // Larger than any platform's structure (glibc: 336, 80 and 128 bytes).
    private const int Room = 1024;

    // Whatever a launcher of ours has made us ignore: an agent's own stop signals must work. KILL (9) and STOP cannot be set.
    private static IEnumerable<int> ResetSignals => Enumerable.Range(1, 31).Where(signal => signal != 9 && signal != (OperatingSystem.IsMacOS() ? 17 : 19));

    private static short NewSession => OperatingSystem.IsMacOS() ? (short)0x400 : (short)0x80;

    /// <returns>The process id; the process must be reaped by <see cref="TryReap"/>.</returns>
    /// <exception cref="Win32Exception">The error of posix_spawn.</exception>
    public static int Start(string path, IReadOnlyList<string> arguments, IEnumerable<string> environment, string workingDirectory)
    {
        byte* attributes = stackalloc byte[Room];
        byte* actions = stackalloc byte[Room];
        byte* signals = stackalloc byte[Room];
        using var argv = new CStrings(arguments);
        using var envp = new CStrings(environment);
        Check(AttributesInit(attributes));
        try
        {
            Check(ActionsInit(actions));
            try
            {
                Check(AddChangeDirectory(actions, workingDirectory));
                Check(SignalsEmpty(signals));
                Check(SetMask(attributes, signals));
                foreach (int signal in ResetSignals)
                {
                    Check(SignalsAdd(signals, signal));
                }

                Check(SetDefaults(attributes, signals));
                Check(SetFlags(attributes, (short)(NewSession | SetSignalDefaults | SetSignalMask)));
                Check(Spawn(out int pid, path, actions, attributes, argv.Pointer, envp.Pointer));
                return pid;
            }
            finally
            {
                _ = ActionsDestroy(actions);
            }
        }
        finally
        {
            _ = AttributesDestroy(attributes);
        }
    }

    /// <summary>Takes note of the end of a child of ours. False while it runs, and for a process that is no child of ours.</summary>
    public static bool TryReap(int pid) => WaitPid(pid, out _, 1 /* WNOHANG */) == pid;

    /// <summary>Waits for a child of ours that is sure to end at once, and takes note of its end.</summary>
    public static void Reap(int pid)
    {
        // Ended by a signal that we got meanwhile, the wait begins anew; with any other error there is nothing to wait for.
        while (WaitPid(pid, out _, 0) < 0 && Marshal.GetLastPInvokeError() == InterruptedCall)
        {
        }
    }

    public static void Send(int pid, StopSignal signal) => _ = Kill(pid, signal switch
    {
        StopSignal.Interrupt => 2,
        StopSignal.Terminate => 15,
        StopSignal.Kill => 9,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    });

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddChangeDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SignalsEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static partial int SignalsAdd(byte* signals, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    /// <summary>A null-terminated array of C strings.</summary>
    private readonly ref struct CStrings
    {
        private readonly int _count;

        public CStrings(IEnumerable<string> strings)
        {
            var all = strings.Select(s => Encoding.UTF8.GetBytes(s)).ToList();
            _count = all.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++)
            {
                Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)all[i].Length + 1);
                all[i].CopyTo(new Span<byte>(Pointer[i], all[i].Length));
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
