using McpWorkers.Engine.Model;
using McpWorkers.Http.Guard;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// Streamable HTTP on one path, for both eras of the protocol: a request that declares revision 2026-07-28 stands by itself; the older
/// revisions begin with <c>initialize</c>, which opens a session.
/// </summary>
internal sealed class McpHttpEndpoint : IAsyncDisposable
{
    /// <summary>Of the address: the tool sets of this request, or of the session that it opens.</summary>
    private const string ToolsParameter = "tools";

    private readonly McpService _service;
    private readonly ModernRequests _modern;
    private readonly SessionRequests _older;
    private readonly Task _expiring;
    private readonly McpSessions _sessions;

    /// <param name="tokens">Null where no token is needed, as in tests.</param>
    /// <param name="stopping">Ends all that is open; cancelled before the endpoint is disposed.</param>
    public McpHttpEndpoint(McpService service, HttpSettings settings, HttpOptions options, BearerTokens? tokens, CancellationToken stopping)
    {
        _service = service;
        _sessions = new(service, options, settings.SessionsMax, settings.SessionIdle, stopping);
        _modern = new(service, options, tokens, stopping);
        _older = new(service, _sessions, options, tokens, stopping);
        _expiring = _sessions.RunAsync();
    }

    public McpSessions Sessions => _sessions;

    public Task HandleAsync(HttpContext context) => context.Request.Method switch
    {
        "POST" => PostAsync(context),
        "GET" => _older.GetAsync(context),
        "DELETE" => _older.DeleteAsync(context),
        _ => MethodNotAllowedAsync(context, "GET, POST, DELETE"),
    };

    public async ValueTask DisposeAsync()
    {
        await _expiring;
        await _sessions.DisposeAsync();
    }

    public static Task MethodNotAllowedAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return JsonRpcAnswer.ErrorAsync(context, 405, JsonRpcAnswer.Refused, $"{context.Request.Method} is not allowed here; allowed is {allowed}.");
    }

    private async Task PostAsync(HttpContext context)
    {
        string accept = context.Request.Headers.Accept.ToString();
        if (!Accepts(accept, HttpAnswer.Json, "application/*") || !Accepts(accept, HttpAnswer.EventStream, "text/*"))
        {
            await JsonRpcAnswer.ErrorAsync(
                context, 406, JsonRpcAnswer.Refused, "The header Accept must name both application/json and text/event-stream.");
            return;
        }

        if (!HttpBody.IsJson(context.Request))
        {
            await JsonRpcAnswer.ErrorAsync(context, 415, JsonRpcAnswer.Refused, "The header Content-Type must be application/json.");
            return;
        }

        if (await PostedMessage.ReadAsync(context) is not { } posted)
        {
            return;
        }

        string revision = context.Request.Headers["MCP-Protocol-Version"].ToString();
        if (revision.Length > 0 && !ProtocolRevisions.IsKnown(revision))
        {
            await JsonRpcAnswer.UnsupportedAsync(context, revision, posted.Id);
            return;
        }

        IReadOnlyList<string>? toolSets;
        try
        {
            toolSets = context.Request.Query[ToolsParameter] is { Count: > 0 } chosen ? ToolSetNames.Parse(chosen.ToString(), $"?{ToolsParameter}=") : null;
        }
        catch (RefusedException refused)
        {
            await JsonRpcAnswer.ErrorAsync(context, 400, JsonRpcAnswer.InvalidParams, refused.Message, posted.Id);
            return;
        }

        if (!await Refusal.AllowsAsync(context, _service.ScopeOf(posted.Method, posted.Tool), posted.Tool ?? posted.Method))
        {
            return;
        }

        if (revision == ProtocolRevisions.Modern || posted.Revision is not null)
        {
            await _modern.HandleAsync(context, posted, revision, toolSets);
            return;
        }

        // The opening itself settles the revision; what comes after it must keep to that.
        if (revision.Length > 0 && posted.Method != RequestMethods.Initialize)
        {
            (posted.Message.Context ??= new()).ProtocolVersion = revision;
        }

        await _older.PostAsync(context, posted, toolSets);
    }

    private static bool Accepts(string accept, string type, string family) =>
        accept.Contains(type, StringComparison.OrdinalIgnoreCase)
        || accept.Contains(family, StringComparison.OrdinalIgnoreCase)
        || accept.Contains("*/*", StringComparison.Ordinal);
}
