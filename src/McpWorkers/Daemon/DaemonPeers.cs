using System.Net.Sockets;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>Who is at the other end of a connection.</summary>
internal static class DaemonPeers
{
    public static DaemonPeer Of(Socket socket, DataDirectory directory) => new(null, IsOurUser: true, null);
}
