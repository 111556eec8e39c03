using System.Net;
using System.Net.Sockets;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>Plain HTTP to an engine: no proxy, no redirects, nothing but its own socket.</summary>
internal static class EngineConnection
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    /// <summary>A connection that was idle longer may have been forgotten by an engine that was started anew.</summary>
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(30);

    /// <exception cref="EngineException">The certificates cannot be used.</exception>
    public static HttpClient Open(EngineAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectPatience,
            PooledConnectionIdleTimeout = IdleMax,
            UseCookies = false,
            // A proxy of the surroundings would be given the engine.
            UseProxy = false,
        };
        handler.ConnectCallback = address.Socket is { } path
            ? (_, cancellationToken) => ConnectAsync(new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), cancellationToken)
            : (context, cancellationToken) => ConnectAsync(ToRemote(), context.DnsEndPoint, cancellationToken);
        if (address.Tls is { } tls)
        {
            handler.SslOptions = tls.ToOptions();
        }

        var host = address.Socket is not null
            ? new UriBuilder("http", "engine")
            : new UriBuilder(address.Tls is null ? "http" : "https", address.Host, address.Port);
        return new HttpClient(handler) { BaseAddress = host.Uri, Timeout = Timeout.InfiniteTimeSpan };
    }

    // A wait lasts as long as a container: a machine that is switched off meanwhile is noticed within a minute.
    private static Socket ToRemote()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 20);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        return socket;
    }

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint to, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
