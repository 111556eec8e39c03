using System.Net;
using System.Net.Sockets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Ports;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Ports;

public sealed class PortLeasesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mcpworkers-ports-").FullName;

    [Fact]
    public void Each_variable_has_a_port_of_its_own_that_is_given_back_with_the_worker()
    {
        var leases = Leases(42300, 42399);

        var one = leases.Lease("one", ["PORT", "DEBUG_PORT"]);
        var two = leases.Lease("two", ["PORT"]);

        Assert.Equal(["DEBUG_PORT", "PORT"], one.Keys.Order());
        Assert.Equal(3, one.Values.Concat(two.Values).Distinct().Count());
        Assert.All(one.Values.Concat(two.Values), port => Assert.InRange(port, 42300, 42399));

        leases.Release("one");
        Assert.Equal([$"{two["PORT"]}"], Directory.EnumerateFiles(_directory).Select(Path.GetFileName));
    }

    /// <summary>Two objects know nothing of each other but the directory, as two processes.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Many_at_once_never_share_a_port()
    {
        PortLeases[] hosts = [Leases(42400, 42699), Leases(42400, 42699)];

        var leased = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            Task.Run(() => hosts[i % 2].Lease($"w{i}", ["A", "B", "C"]), TestContext.Current.CancellationToken)));

        Assert.Equal(120, leased.SelectMany(each => each.Values).Distinct().Count());
        Assert.Equal(120, Directory.EnumerateFileSystemEntries(_directory).Count());
    }

    [Fact]
    public void Port_on_which_something_listens_is_passed_over()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        int taken = ((IPEndPoint)socket.LocalEndPoint!).Port;

        var refused = Assert.Throws<RefusedException>(() => Leases(taken, taken).Lease("one", ["PORT"]));

        Assert.Equal(RefusalCode.LimitReached, refused.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public void Range_that_is_exhausted_is_told_with_the_remedy_and_leases_none()
    {
        var leases = Leases(42700, 42702);

        leases.Lease("one", ["A", "B"]);
        leases.EnsureLeft(1);
        Assert.Throws<RefusedException>(() => leases.EnsureLeft(2));
        var refused = Assert.Throws<RefusedException>(() => leases.Lease("two", ["A", "B"]));

        Assert.Contains("42700", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_directory).Count());
    }

    [Fact]
    public void Ports_of_workers_that_are_no_longer_are_given_back()
    {
        var leases = Leases(42710, 42719);
        leases.Lease("alive", ["A"]);
        leases.Lease("dead", ["A", "B"]);

        leases.ReleaseExcept(id => id == "alive");

        Assert.Equal("alive", File.ReadAllText(Assert.Single(Directory.EnumerateFiles(_directory))));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private PortLeases Leases(int first, int last) => new(_directory, new() { FirstPort = first, LastPort = last });
}
