using System.Net;
using McpWorkers.Engine.Model;

namespace McpWorkers.Http.Guard;

/// <summary>
/// Which Host and Origin headers may come in. A web page that rebinds its own name to 127.0.0.1 reaches a server on loopback, but with
/// that name in both headers; so only known names pass, spelled as they are known (<c>localhost.</c> is another name).
/// </summary>
internal sealed class HostNames
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly HashSet<string> _hosts;
    private readonly HashSet<string> _origins;

    public HostNames(HttpSettings settings)
    {
        _hosts = new([.. Loopback, .. settings.AllowedHosts], StringComparer.OrdinalIgnoreCase);
        _origins = new(settings.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
        // Nobody can rebind an address: it is safe as a name, unless it stands for all addresses.
        if (IPAddress.TryParse(settings.Address, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            _hosts.Add(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString());
        }
    }

    /// <param name="host">Without the port; an IPv6 address in brackets.</param>
    public bool AllowsHost(string host) => _hosts.Contains(host);

    /// <param name="origin">As the header has it, such as <c>http://localhost:3000</c>.</param>
    public bool AllowsOrigin(string origin) => IsListed(origin) || IsLoopback(origin);

    /// <summary>Whether pages of this origin may read our answers: those of the settings, and no others.</summary>
    public bool IsListed(string origin) => _origins.Contains(origin);

    /// <summary>The text must be what a browser makes of such an origin: no user, path or anything else that a parser forgives.</summary>
    private static bool IsLoopback(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && Loopback.Any(name =>
            string.Equals(origin, $"{uri.Scheme}://{name}", StringComparison.OrdinalIgnoreCase)
            || string.Equals(origin, $"{uri.Scheme}://{name}:{uri.Port}", StringComparison.OrdinalIgnoreCase));
}
