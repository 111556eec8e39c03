using System.Globalization;
using System.Net;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The kernel's table of TCP connections (/proc/net/tcp, tcp6; Linux), and who holds the sockets in it.</summary>
internal static class TcpTable
{
    private const string HolderStart = "socket:[";

    /// <summary>The socket at the other end of a connection to this machine's own.</summary>
    /// <returns>
    /// The socket's number; null where no process holds it any more. Whose it is. And whether the other end is on this machine: one without a
    /// row is, where its address is loopback.
    /// </returns>
    public static (long? Socket, uint? UserId, bool IsHere) Find(IPEndPoint peer, IPEndPoint ours)
    {
        string[] wanted = [.. Forms(peer).Zip(Forms(ours), (local, remote) => $" {local} {remote} ")];
        foreach (string table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            foreach (string line in Lines(table))
            {
                if (!wanted.Any(ends => line.Contains(ends, StringComparison.OrdinalIgnoreCase)))
                {
                    continue;
                }

                // sl, both ends, state, queues, timer, retransmits, user, timeout, inode.
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return fields.Length > 9 && long.TryParse(fields[9], CultureInfo.InvariantCulture, out long inode) && inode != 0
                    ? (inode, uint.TryParse(fields[7], CultureInfo.InvariantCulture, out uint user) ? user : null, true)
                    : (null, null, true);
            }
        }

        return (null, null, IPAddress.IsLoopback(peer.Address));
    }

    /// <summary>A process that holds a socket, this one only where no other does; null where none does whose descriptors we may see.</summary>
    public static int? HolderOf(long socket)
    {
        string wanted = $"{HolderStart}{socket.ToString(CultureInfo.InvariantCulture)}]";

        // Who just connected is mostly one of the youngest.
        foreach (int pid in ProcessTable.Ids().OrderDescending().Where(pid => pid != Environment.ProcessId).Append(Environment.ProcessId))
        {
            try
            {
                if (Directory.EnumerateFiles($"/proc/{pid}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == wanted))
                {
                    return pid;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or not to be looked at.
            }
        }

        return null;
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>As the tables write it: words of four bytes in the machine's own order; once as it is, once as version 6 writes version 4.</summary>
    private static IEnumerable<string> Forms(IPEndPoint end)
    {
        var address = end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address;
        yield return Written(address, end.Port);
        yield return Written(address.MapToIPv6(), end.Port);
    }

    private static string Written(IPAddress address, int port)
    {
        byte[] bytes = address.GetAddressBytes();
        var words = Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToUInt32(bytes, 4 * i).ToString("X8", CultureInfo.InvariantCulture));
        return $"{string.Concat(words)}:{port.ToString("X4", CultureInfo.InvariantCulture)}";
    }
}
