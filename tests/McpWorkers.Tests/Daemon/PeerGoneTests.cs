using System.Net.Sockets;
using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class PeerGoneTests
{
    [Fact(Timeout = 20_000)]
    public async Task Half_a_close_and_a_whole_one_are_told_apart()
    {
        string path = Path.Combine("/tmp", $"peer-{Guid.NewGuid():N}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        using var server = new SocketStream(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        File.Delete(path);

        Assert.False(server.IsPeerGone);
        client.Shutdown(SocketShutdown.Send);
        Assert.Null(await server.ReadAsync());
        Assert.False(server.IsPeerGone);
        client.Dispose();
        Assert.True(server.IsPeerGone);
    }
}
