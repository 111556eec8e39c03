using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A descriptor that stands for a process, so that its end is seen without reading and parsing a file. Linux 5.3 and later.</summary>
internal sealed partial class ProcessDescriptor : IDisposable
{
    private const nint OpenCall = 434; // pidfd_open, the same number on every kind of machine

    private const int NoSuchProcess = 3; // ESRCH
    private const int NotAnId = 22; // EINVAL, which the first kernels that have it say of one that was waited for

    private readonly SafeFileHandle _file;

    private ProcessDescriptor(nint file) => _file = new(file, ownsHandle: true);

    /// <summary>Zombies have ended.</summary>
    public unsafe bool HasEnded
    {
        get
        {
            bool held = false;
            try
            {
                _file.DangerousAddRef(ref held);

                // It can be read from once the process has ended.
                var asked = new PollEntry { File = (int)_file.DangerousGetHandle(), Events = 1 /* POLLIN */ };
                return Poll(&asked, 1, 0) > 0;
            }
            finally
            {
                if (held)
                {
                    _file.DangerousRelease();
                }
            }
        }
    }

    /// <summary>Null where the system has no such thing, where there is no such process, and where too many files are open.</summary>
    public static ProcessDescriptor? TryOpen(int pid) =>
        OperatingSystem.IsLinux() && Call(OpenCall, pid, 0) is >= 0 and var file ? new(file) : null;

    /// <summary>
    /// Of the process that made a connection over a unix socket, whoever has its id by now. Linux 6.5 and later; null before, and where too many files
    /// are open.
    /// </summary>
    /// <param name="socket">Connected.</param>
    /// <param name="isGone">Whether there is none since that process has ended; later kernels give one then, too.</param>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static ProcessDescriptor? TryOpenPeer(Socket socket, out bool isGone)
    {
        isGone = false;
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> file = stackalloc byte[sizeof(int)];
        try
        {
            socket.GetRawSocketOption(1 /* SOL_SOCKET */, 77 /* SO_PEERPIDFD */, file);
            return new(MemoryMarshal.Read<int>(file));
        }
        catch (SocketException e)
        {
            isGone = e.NativeErrorCode is NoSuchProcess or NotAnId;
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint pid, nint flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static unsafe partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int File;
        public short Events;
        public short Returned;
    }
}
