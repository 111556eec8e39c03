using System.Buffers.Binary;
using System.Net.Sockets;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Who is at the other end of a unix socket, as the kernel tells it.</summary>
/// <param name="Pid">The process that made the connection; it may be gone, and its id another's. Null where the system does not tell.</param>
/// <param name="UserId">Null where the system does not tell.</param>
public sealed record PeerProcess(int? Pid, uint? UserId)
{
    private const int GenerationsMax = 64;

    /// <param name="socket">Connected.</param>
    public static PeerProcess Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        try
        {
            return OperatingSystem.IsLinux() ? OnLinux(socket) : OperatingSystem.IsMacOS() ? OnMac(socket) : new(null, null);
        }
        catch (SocketException)
        {
            // Closed meanwhile, or no unix socket.
            return new(null, null);
        }
    }

    /// <summary>
    /// The run of this owner within which a process is. Asked are the kernel (which cgroup), then the process's ancestors: the outermost that
    /// carries the owner's marker is the wrapper that we started ourselves, while everything below it may have said of itself what it likes.
    /// Where the way up ends before that, its session, and last what it says of itself.
    /// </summary>
    /// <returns>The run's id; null for a process outside of all of the owner's runs, and where the system tells nothing.</returns>
    public static string? RunOf(int pid, string ownerMark)
    {
        if (RunCgroup.RunOf(pid, ownerMark) is { } known)
        {
            return known;
        }

        string? run = null;
        var child = ProcessPlatform.Find(pid);
        int? session = child?.Session;
        for (int generation = 0; child is { } entry && generation < GenerationsMax; generation++)
        {
            // Above this host there are none of its runs: it may itself have been started from within one.
            if (entry.Key.Pid == Environment.ProcessId)
            {
                break;
            }

            run = MarkedRun(entry.Key.Pid, ownerMark) ?? run;
            child = entry.Parent > 1 ? ProcessPlatform.Find(entry.Parent) : null;
        }

        return run ?? (session is { } leader and > 1 && leader != Environment.ProcessId ? MarkedRun(leader, ownerMark) : null);
    }

    /// <summary>
    /// Whether the process that made the connection has ended, or cannot be looked at: whoever speaks there got the connection from it, and could be
    /// anybody. To be asked after all else, which is about that process only if it is still there.
    /// </summary>
    /// <param name="socket">Connected.</param>
    /// <param name="pid">As <see cref="Of"/> told it.</param>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static bool IsGone(Socket socket, int pid)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using var process = ProcessDescriptor.TryOpenPeer(socket, out bool isGone);
        return isGone || process?.HasEnded == true || ProcessPlatform.Find(pid) is not { IsZombie: false };
    }

    /// <summary>When a process began, in the system's own words: with it an id that is used again is told from what it was. Null where there is no such process.</summary>
    public static string? StartOf(int pid) => ProcessPlatform.Find(pid)?.Key.Start;

    private static string? MarkedRun(int pid, string ownerMark) =>
        ProcessTable.Assignments(pid, ownerMark).Select(assignment => RunMarker.RunOf(assignment, ownerMark)).FirstOrDefault(run => run is not null);

    private static PeerProcess OnLinux(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12]; // pid, uid, gid
        socket.GetRawSocketOption(1 /* SOL_SOCKET */, 17 /* SO_PEERCRED */, credentials);
        int pid = BinaryPrimitives.ReadInt32LittleEndian(credentials);

        // Zero is a process outside of our process namespace.
        return new(pid > 0 ? pid : null, BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]));
    }

    private static PeerProcess OnMac(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[76]; // version, uid, count of groups, sixteen groups
        Span<byte> pid = stackalloc byte[4];
        socket.GetRawSocketOption(0 /* SOL_LOCAL */, 1 /* LOCAL_PEERCRED */, credentials);
        socket.GetRawSocketOption(0, 2 /* LOCAL_PEERPID */, pid);
        return new(BinaryPrimitives.ReadInt32LittleEndian(pid), BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]));
    }
}
