using System.Net;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Guard;

/// <summary>Stands before every route: nobody from within a run, known Host, known Origin, a token. What passed carries its <see cref="Grant"/>.</summary>
internal sealed class RequestGuard(HttpSettings settings, BearerTokens tokens, CallerOrigin? origins = null)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    private readonly HostNames _names = new(settings);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (origins?.RefusalOf(context) is { } refusal)
        {
            await Refusal.WriteAsync(context, 403, refusal);
            return;
        }

        var request = context.Request;
        if (!_names.AllowsHost(request.Host.Host))
        {
            await Refusal.WriteAsync(
                context, 403, $"The Host '{Shown(request.Host.Value ?? "")}' is not allowed here. Call by localhost, or enter the name in the setting http.allowed_hosts.");
            return;
        }

        if (request.Headers.Origin is { Count: > 0 } origin)
        {
            if (origin.Count > 1 || !(_names.AllowsOrigin(origin.ToString()) || IsOwn(request, origin.ToString())))
            {
                await Refusal.WriteAsync(
                    context, 403, $"The Origin '{Shown(origin.ToString())}' is not allowed here. Enter it in the setting http.allowed_origins if its pages may call.");
                return;
            }

            if (CrossOrigin.Answer(context, origin.ToString(), _names.IsListed(origin.ToString())))
            {
                return;
            }
        }

        // Whoever watches over the process has no token, and learns nothing but that it is there; the page's files hold nothing, and its code is
        // what a token is given for.
        if (request.Path.StartsWithSegments("/health") || Page.PageFiles.IsAt(request.Path) || request.Path == Page.PageSession.Address)
        {
            await next(context);
            return;
        }

        if (await GrantAsync(context) is { } grant)
        {
            context.Features.Set(grant);
            await next(context);
        }
    }

    /// <summary>Null where the request was refused, and answered.</summary>
    private async ValueTask<Grant?> GrantAsync(HttpContext context)
    {
        string? token = TokenOf(context.Request);
        if (token is null && !settings.TokenOnLoopback && IsLoopback(context.Connection))
        {
            return Grant.Anonymous;
        }

        try
        {
            if (token is not null && await tokens.FindAsync(token, context.RequestAborted) is { } grant)
            {
                return grant;
            }
        }
        catch (StoreException e)
        {
            await Refusal.WriteAsync(context, 503, $"The tokens cannot be read now: {e.Message}");
            return null;
        }

        context.Response.Headers.WWWAuthenticate =
            token is null ? """Bearer realm="mcpworkers" """.TrimEnd() : """Bearer realm="mcpworkers", error="invalid_token" """.TrimEnd();
        await Refusal.WriteAsync(
            context, 401,
            token is null
                ? "A token is needed: send the header 'Authorization: Bearer TOKEN'. 'mcpworkers token create NAME' makes one."
                : "This token is not known, was revoked, or has expired. 'mcpworkers token create NAME' makes a new one.");
        return null;
    }

    /// <summary>Never from the query: addresses end up in logs and histories.</summary>
    private static string? TokenOf(HttpRequest request)
    {
        if (request.Headers.Authorization is not { Count: > 0 } header)
        {
            return null;
        }

        // Two of them come as one text with a comma, which no token is.
        string value = header.ToString();
        return value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? value[Bearer.Length..].Trim()
            // Clients that can be told an address but no header: http://any:TOKEN@localhost:7433. Only on the route that is made for them.
            : value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) && Rest.ToolCallRoute.IsAt(request.Path) ? PasswordOf(value[Basic.Length..].Trim())
            : "";
    }

    private static string PasswordOf(string credentials)
    {
        byte[] bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out int length))
        {
            return "";
        }

        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : text[(colon + 1)..];
    }

    /// <summary>Our own page: the Host was found to be ours, and the browser says that what it shows came from there.</summary>
    private static bool IsOwn(HttpRequest request, string origin) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    // Both ends: a proxy on this machine that carries others' requests comes from loopback too, and is warned of at start.
    private static bool IsLoopback(ConnectionInfo connection) =>
        connection is { LocalIpAddress: { } local, RemoteIpAddress: { } remote } && IPAddress.IsLoopback(local) && IPAddress.IsLoopback(remote);

    private static string Shown(string header) => header.Length <= 100 ? header : header[..100] + "…";
}
