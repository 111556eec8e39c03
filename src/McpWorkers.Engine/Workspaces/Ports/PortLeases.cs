using System.Globalization;
using System.Net;
using System.Net.Sockets;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Ports;

/// <summary>
/// Who has which port: a file by the port's number that holds the worker's id. It comes to be whole and only where there is none, so that no
/// two workers get the same, also where two hosts share a data directory.
/// </summary>
/// <param name="directory">Made when it is needed.</param>
internal sealed class PortLeases(string directory, WorkspaceSettings settings)
{
    /// <summary>Leases a port for each variable, the lowest free ones.</summary>
    /// <returns>By variable.</returns>
    /// <exception cref="RefusedException">The range is exhausted; nothing is leased.</exception>
    public IReadOnlyDictionary<string, int> Lease(string id, IReadOnlyList<string> variables)
    {
        var leased = new Dictionary<string, int>();
        if (variables.Count == 0)
        {
            return leased;
        }

        Directory.CreateDirectory(directory);
        try
        {
            int next = settings.FirstPort;
            var taken = Taken();
            foreach (string variable in variables.Distinct())
            {
                while (next <= settings.LastPort && (taken.Contains(next) || !TryLease(next, id)))
                {
                    next++;
                }

                leased[variable] = next <= settings.LastPort ? next++ : throw Exhausted(variables.Count);
            }
        }
        catch
        {
            foreach (int port in leased.Values)
            {
                File.Delete(PathOf(port));
            }

            throw;
        }

        return leased;
    }

    /// <summary>Looks, without leasing any, whether so many more are left.</summary>
    /// <exception cref="RefusedException">They are not.</exception>
    public void EnsureLeft(int count)
    {
        if (count > 0 && settings.LastPort - settings.FirstPort + 1 - Taken().Count < count)
        {
            throw Exhausted(count);
        }
    }

    /// <summary>Gives back what a worker has.</summary>
    public void Release(string id) => ReleaseWhere(holder => holder == id);

    /// <summary>Gives back what those have who are no longer.</summary>
    public void ReleaseExcept(Func<string, bool> isAlive) => ReleaseWhere(holder => !isAlive(holder));

    private void ReleaseWhere(Func<string, bool> isToGo)
    {
        foreach (int port in Taken())
        {
            try
            {
                if (isToGo(File.ReadAllText(PathOf(port))))
                {
                    File.Delete(PathOf(port));
                }
            }
            catch (FileNotFoundException)
            {
                // Given back by another host just now.
            }
        }
    }

    private HashSet<int> Taken() => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : 0)
            .Where(port => port >= settings.FirstPort && port <= settings.LastPort)]
        : [];

    private bool TryLease(int port, string id)
    {
        if (!IsFree(port))
        {
            return false;
        }

        string whole = Path.Combine(directory, $".{Guid.NewGuid():N}");
        File.WriteAllText(whole, id);
        try
        {
            return NewName.TryGive(whole, PathOf(port));
        }
        finally
        {
            File.Delete(whole);
        }
    }

    /// <summary>Whether no program that has nothing to do with us listens there.</summary>
    private static bool IsFree(int port) =>
        CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private static bool CanBind(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e)
        {
            // A machine may know of IPv6 and have no such address.
            return e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }

    private string PathOf(int port) => Path.Combine(directory, port.ToString(CultureInfo.InvariantCulture));

    private RefusedException Exhausted(int count) => new(
        RefusalCode.LimitReached,
        $"{count} ports are asked for, and between {settings.FirstPort} and {settings.LastPort} not so many are free. Close workers that are done with, or widen the range (settings 'workspaces.first_port' and 'workspaces.last_port').");
}
