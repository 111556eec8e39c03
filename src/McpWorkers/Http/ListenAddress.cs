using System.Net;
using McpWorkers.Engine.Model;

namespace McpWorkers.Http;

/// <summary>The address of the settings, and what must be said of it at start.</summary>
internal static class ListenAddress
{
    /// <summary>Null for <c>localhost</c>, which is both of its addresses.</summary>
    /// <exception cref="RefusedException">It is no address; or <c>localhost</c> with port 0, which cannot be the same free one for both.</exception>
    public static IPAddress? Of(HttpSettings settings)
    {
        if (string.Equals(settings.Address, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return settings.Port == 0 ? IPAddress.Loopback : null;
        }

        return IPAddress.TryParse(settings.Address.Trim('[', ']'), out var address)
            ? address
            : throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"Setting http.address: '{settings.Address}' is no IP address. Give an IP address, or localhost; names by which others call go into http.allowed_hosts.");
    }

    public static bool IsLoopback(HttpSettings settings) => Of(settings) is not { } address || IPAddress.IsLoopback(address);

    /// <summary>What its user should know, each with the remedy; empty where all is well.</summary>
    public static IReadOnlyList<string> Warnings(HttpSettings settings)
    {
        var warnings = new List<string>();
        if (!IsLoopback(settings) && settings.Certificate is null)
        {
            warnings.Add(
                $"HTTP listens on {settings.Address} without TLS: tokens and prompts pass over the network readable by all on the way. "
                + "Set http.certificate, or listen on 127.0.0.1 behind a proxy that has TLS.");
        }

        if (!settings.TokenOnLoopback)
        {
            warnings.Add(
                "HTTP needs no token on loopback (http.token_on_loopback: false): every program and every user of this machine, and whatever a "
                + "proxy on it lets through, may give orders to the workers.");
        }

        return warnings;
    }
}
