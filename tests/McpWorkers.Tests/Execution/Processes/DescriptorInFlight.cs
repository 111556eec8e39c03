using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>A socket that is open and that no process holds: it was sent through another socket, out of which nobody has taken it. Linux, 64 bits.</summary>
internal sealed unsafe partial class DescriptorInFlight : IDisposable
{
    private const int UnixDomain = 1;
    private const int Stream = 1;
    private const int SocketLevel = 1;
    private const int Rights = 1;

    private readonly int[] _pair = new int[2];

    private DescriptorInFlight()
    {
    }

    public static DescriptorInFlight Of(Socket socket)
    {
        var flight = new DescriptorInFlight();
        Check(SocketPair(UnixDomain, Stream, 0, flight._pair));
        int descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        byte payload = 0;
        var buffer = new Vector { Base = &payload, Length = 1 };
        var control = new Control { Length = 20, Level = SocketLevel, Type = Rights, Descriptor = descriptor };
        var message = new Message { Buffers = &buffer, BufferCount = 1, Control = &control, ControlLength = sizeof(Control) };
        Check((int)Send(flight._pair[0], &message, 0));

        // At once: an orderly end would shut down what is in flight.
        socket.Close(0);
        return flight;
    }

    public void Dispose()
    {
        foreach (int descriptor in _pair)
        {
            Check(Close(descriptor));
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, int[] pair);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint Send(int descriptor, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Base;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nint Length;
        public int Level;
        public int Type;
        public int Descriptor;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public int NameLength;
        public Vector* Buffers;
        public nint BufferCount;
        public Control* Control;
        public nint ControlLength;
        public int Flags;
    }
}
