using System.Net.Sockets;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>The socket at which a daemon listens.</summary>
internal sealed class DaemonDoorway : IDisposable
{
    private const int Backlog = 128;

    private readonly Socket _socket;

    private DaemonDoorway(Socket socket, SocketPlace place)
    {
        _socket = socket;
        Place = place;
    }

    public SocketPlace Place { get; }

    /// <summary>
    /// Listens. What is left of a daemon that was killed is removed: the lock of the data directory is ours, so that nobody can be behind it.
    /// </summary>
    public static DaemonDoorway Open(DataDirectory directory, string? runtimeDirectory, string temporaryDirectory)
    {
        if (DaemonInfo.Read(directory) is { } old && IsOurs(old))
        {
            new SocketPlace(old.Socket, old.SocketFolder).Remove();
        }

        var place = SocketPlace.Choose(directory, runtimeDirectory, temporaryDirectory);
        File.Delete(place.Path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(place.Path));
            if (!OperatingSystem.IsWindows())
            {
                // Before anybody can connect.
                File.SetUnixFileMode(place.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(Backlog);
            return new(socket, place);
        }
        catch
        {
            socket.Dispose();
            place.Remove();
            throw;
        }
    }

    public async Task<Socket> AcceptAsync(CancellationToken cancellationToken) => await _socket.AcceptAsync(cancellationToken);

    /// <summary>Who connects from now on is refused by the system.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        Place.Remove();
    }

    /// <summary>Nothing is removed on the word of a file alone: only what has the form of a socket of ours.</summary>
    private static bool IsOurs(DaemonInfo old) => Path.IsPathRooted(old.Socket) && Path.GetExtension(old.Socket) == ".sock";
}
