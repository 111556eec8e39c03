using System.Net;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Where a connection over TCP comes from, as far as this machine can tell.</summary>
public abstract record TcpPeer
{
    private TcpPeer()
    {
    }

    /// <summary>From another machine, from a process of no run, or from where this system does not tell.</summary>
    public static TcpPeer Outside { get; } = new OutsideOfRuns();

    /// <summary>From a process of this run.</summary>
    public sealed record Within(string RunId) : TcpPeer;

    /// <summary>From a process of this machine that closed it at once, or ended: nobody can say any more what it was.</summary>
    public sealed record Gone : TcpPeer;

    private sealed record OutsideOfRuns : TcpPeer;

    /// <param name="peer">The other end.</param>
    /// <param name="ours">This end.</param>
    /// <param name="ownerMark">Of the runs that are meant.</param>
    public static TcpPeer Find(IPEndPoint peer, IPEndPoint ours, string ownerMark)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(ours);
        if (!OperatingSystem.IsLinux())
        {
            return Outside;
        }

        var (before, isHere) = TcpTable.Find(peer, ours);
        if (!isHere)
        {
            return Outside;
        }

        if (before is { } socket)
        {
            if (TcpTable.HolderOf(socket) is { } pid)
            {
                return PeerProcess.RunOf(pid, ownerMark) is { } run ? new Within(run) : Outside;
            }

            // Nobody whom we may look at: another user's, as long as it is still there.
            if (TcpTable.Find(peer, ours).Socket == socket)
            {
                return Outside;
            }
        }

        return new Gone();
    }
}
