using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Guard;

/// <summary>Keeps out connections that may not call at all, whatever token they show. Looked at once for each connection.</summary>
/// <param name="refuses">See <see cref="HttpOptions.Refuses"/>.</param>
internal sealed class CallerOrigin(Func<IPEndPoint, IPEndPoint, string, string?> refuses)
{
    private static readonly object Key = new();

    /// <summary>Null where it may call.</summary>
    public string? RefusalOf(HttpContext context)
    {
        var items = context.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items?.TryGetValue(Key, out object? known) == true)
        {
            return (string?)known;
        }

        string? refusal = context.Connection is { RemoteIpAddress: { } remote, LocalIpAddress: { } local } connection
            ? refuses(new(remote, connection.RemotePort), new(local, connection.LocalPort), $"{context.Request.Method} {context.Request.Path}")
            : null;
        items?[Key] = refusal;
        return refusal;
    }
}
