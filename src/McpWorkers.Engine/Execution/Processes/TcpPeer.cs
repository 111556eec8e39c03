using System.Net;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Where a connection over TCP comes from, as far as this machine can tell.</summary>
public abstract record TcpPeer
{
    private const int TriesMax = 3;

    private TcpPeer()
    {
    }

    /// <summary>From another machine, from a process of no run, or from where this system does not tell.</summary>
    public static TcpPeer Outside { get; } = new OutsideOfRuns();

    /// <summary>From a process of this run.</summary>
    public sealed record Within(string RunId) : TcpPeer;

    /// <summary>From a process of our own user of which nobody can say what it is: it closed the connection at once, ended, or does not let itself be looked at.</summary>
    public sealed record Unknown : TcpPeer;

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

        // Who starts just now cannot be looked at for a moment.
        for (int tries = 0; tries < TriesMax; tries++)
        {
            var end = TcpTable.Find(peer, ours);
            if (!end.IsHere)
            {
                return Outside;
            }

            if (end.Socket is not { } socket)
            {
                break;
            }

            if (TcpTable.HolderOf(socket) is { } pid)
            {
                return pid != Environment.ProcessId && PeerProcess.RunOf(pid, ownerMark) is { } run ? new Within(run) : Outside;
            }

            if (end.UserId != HostUser.Id)
            {
                // Another user's, whom we may not look at: runs are our own user's.
                return Outside;
            }
        }

        return new Unknown();
    }
}
