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
        if (address.Socket is { } path)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        if (address.Tls is { } tls)
        {
            handler.SslOptions = tls.ToOptions();
        }

        var host = address.Socket is not null
            ? new UriBuilder("http", "engine")
            : new UriBuilder(address.Tls is null ? "http" : "https", address.Host, address.Port);
        return new HttpClient(handler) { BaseAddress = host.Uri, Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
