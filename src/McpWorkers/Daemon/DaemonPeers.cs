using System.Globalization;
using System.Net.Sockets;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>Who is at the other end of a connection: an agent inside a run gets the rights of that run and no others.</summary>
internal static class DaemonPeers
{
    private const string StatusPath = "/proc/self/status";

    /// <summary>Null where the system does not tell: there the folder of the socket alone keeps others out.</summary>
    private static readonly uint? OurUser = FindOurUser();

    public static DaemonPeer Of(Socket socket, DataDirectory directory)
    {
        var peer = PeerProcess.Of(socket);
        bool isOurUser = OurUser is null || peer.UserId is null || peer.UserId == OurUser;
        return peer.Pid is { } pid
            ? new(pid, isOurUser, PeerProcess.RunOf(pid, directory.Id), PeerProcess.IsGone(socket, pid), PeerProcess.StartOf(pid))
            : new(null, isOurUser, null);
    }

    /// <summary>What a client's own variables say. Only asked where the system knows of no run: a client that lies loses rights and wins none.</summary>
    public static string? RunNamedIn(IReadOnlyDictionary<string, string> environment, DataDirectory directory) =>
        new[] { RunMarker.Variable, RunMarker.LineageVariable }
            .Select(name => environment.TryGetValue(name, out string? value) ? RunMarker.RunOf($"{name}={value}", directory.Id) : null)
            .FirstOrDefault(run => run is not null);

    private static uint? FindOurUser()
    {
        // "Uid:", then the real, the effective, the saved one and that of files.
        string? line = File.Exists(StatusPath) ? File.ReadLines(StatusPath).FirstOrDefault(one => one.StartsWith("Uid:", StringComparison.Ordinal)) : null;
        return line?.Split('\t', StringSplitOptions.RemoveEmptyEntries) is [_, _, var effective, ..]
            && uint.TryParse(effective, CultureInfo.InvariantCulture, out uint user)
            ? user
            : null;
    }
}
