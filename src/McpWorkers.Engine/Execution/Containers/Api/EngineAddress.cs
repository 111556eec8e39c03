namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>Where a container engine listens.</summary>
/// <param name="Socket">The path of a unix socket; null where it is reached by TCP.</param>
/// <param name="Host">Null for a unix socket.</param>
/// <param name="Tls">The certificates; null without TLS.</param>
internal sealed record EngineAddress(string? Socket, string? Host, int Port, EngineTls? Tls)
{
    private const int PlainPort = 2375;
    private const int TlsPort = 2376;
    private const string Known = "Known are unix:///path, tcp://host:port and https://host:port.";

    /// <param name="text"><c>unix:///path</c>, or <c>tcp://host[:port]</c> (<c>http</c> and <c>https</c> too), or an absolute path.</param>
    /// <param name="tls">Used for addresses by TCP: DOCKER_TLS_VERIFY or DOCKER_CERT_PATH is set.</param>
    /// <exception cref="EngineException">It is no such address.</exception>
    public static EngineAddress Parse(string text, EngineTls? tls = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("unix:", StringComparison.Ordinal) || text.StartsWith('/'))
        {
            string path = text.StartsWith("unix://", StringComparison.Ordinal) ? text[7..] : text.StartsWith('/') ? text : "";
            return path.StartsWith('/') ? new(path, null, 0, null) : throw Wrong(text, "a socket's path is absolute: unix:///run/docker.sock.");
        }

        if (text.StartsWith("npipe:", StringComparison.Ordinal))
        {
            throw Wrong(text, "named pipes are not spoken here; let the engine listen on tcp://127.0.0.1 with TLS.");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Wrong(text, Known);
        }

        if (uri.Scheme is "tcp" or "http" or "https" && (uri.PathAndQuery is not ("/" or "") || uri.UserInfo.Length > 0))
        {
            throw Wrong(text, "it names a host and a port, nothing more.");
        }

        return uri.Scheme switch
        {
            "tcp" or "http" => new(null, uri.IdnHost, PortOf(text, uri, tls is null ? PlainPort : TlsPort), uri.Scheme == "http" ? null : tls),
            "https" => new(null, uri.IdnHost, PortOf(text, uri, TlsPort), tls ?? EngineTls.System),
            "ssh" => throw Wrong(text, "ssh is not spoken here; forward the engine's socket (ssh -L /tmp/engine.sock:/run/docker.sock HOST) and name unix:///tmp/engine.sock."),
            _ => throw Wrong(text, Known),
        };
    }

    /// <summary>As a person writes it: <c>unix:///run/docker.sock</c>, <c>tcp://10.0.0.2:2376</c>.</summary>
    public override string ToString() => Socket is not null ? $"unix://{Socket}"
        : Host!.Contains(':', StringComparison.Ordinal) ? $"tcp://[{Host}]:{Port}"
        : $"tcp://{Host}:{Port}";

    // A scheme's own default (80 for http) is never an engine's.
    private static int PortOf(string text, Uri uri, int usual)
    {
        string authority = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        int colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') && colon >= 0 ? uri.Port : usual;
    }

    private static EngineException Wrong(string text, string remedy) =>
        new(EngineFault.Refused, $"'{text}' is no address of a container engine: {remedy}");
}
