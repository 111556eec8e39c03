using System.Net.ServerSentEvents;
using System.Text.Json;
using McpWorkers.Http.Guard;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

#pragma warning disable MCP9006 // See SessionEventStore.

namespace McpWorkers.Http.Protocol;

/// <summary>Requests of the revisions before 2026-07-28, which belong to a session.</summary>
internal sealed class SessionRequests(McpService service, McpSessions sessions, HttpOptions options, BearerTokens? tokens, CancellationToken stopping)
{
    private const string SessionHeader = "Mcp-Session-Id";

    private readonly DirectCalls _direct = new(service, options, tokens, stopping);

    /// <param name="toolSets">Those that the address names; they count where the message opens a session.</param>
    public async Task PostAsync(HttpContext context, PostedMessage posted, IReadOnlyList<string>? toolSets)
    {
        var session = await OfAsync(context, posted, toolSets);
        if (session is null)
        {
            return;
        }

        using var use = session.Use();
        context.Response.Headers[SessionHeader] = session.Id;
        if (_direct.Takes(posted, isModern: false, session.ToolSets))
        {
            await _direct.AnswerAsync(context, posted, isModern: false);
            return;
        }

        HttpAnswer.BeginStream(context);
        try
        {
            if (!await session.Transport.HandlePostRequestAsync(posted.Message, context.Response.Body, context.RequestAborted))
            {
                context.Response.Headers.ContentType = default;
                context.Response.StatusCode = StatusCodes.Status202Accepted;
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The call goes on; its answer is in the session's events.
        }
    }

    public async Task GetAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } session)
        {
            return;
        }

        string accept = context.Request.Headers.Accept.ToString();
        if (!accept.Contains(HttpAnswer.EventStream, StringComparison.OrdinalIgnoreCase) && !accept.Contains("*/*", StringComparison.Ordinal))
        {
            await JsonRpcAnswer.ErrorAsync(context, 406, JsonRpcAnswer.Refused, "The header Accept must name text/event-stream.");
            return;
        }

        using var use = session.Use();
        await using var life = new StreamLife(context, tokens, options, stopping);
        try
        {
            if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
            {
                await ResumeAsync(context, session, last, life.Token);
                return;
            }

            if (!session.TakeStream())
            {
                await JsonRpcAnswer.ErrorAsync(context, 409, JsonRpcAnswer.Refused, "This session has a stream by GET already; there is one at a time.");
                return;
            }

            try
            {
                HttpAnswer.BeginStream(context);
                await session.Transport.HandleGetRequestAsync(context.Response.Body, life.Token);
            }
            finally
            {
                session.GiveStream();
            }
        }
        catch (OperationCanceledException) when (life.Token.IsCancellationRequested)
        {
            // The client went, the door closes, or the token was revoked.
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await FindAsync(context) is { } session)
        {
            await sessions.CloseAsync(session);
        }
    }

    private static async Task ResumeAsync(HttpContext context, McpSession session, string last, CancellationToken cancellationToken)
    {
        if (await session.Events.GetStreamReaderAsync(last, cancellationToken) is not { } reader)
        {
            await JsonRpcAnswer.ErrorAsync(
                context, 400, JsonRpcAnswer.Refused,
                "The event named by Last-Event-ID is not known in this session, or what came after it is kept no more. "
                + "Results of runs are not lost by that: ask for them with worker_collect_results.");
            return;
        }

        HttpAnswer.BeginStream(context);
        await SseFormatter.WriteAsync(
            reader.ReadEventsAsync(cancellationToken),
            context.Response.Body,
            (item, buffer) =>
            {
                if (item.Data is not null)
                {
                    using var json = new Utf8JsonWriter(buffer);
                    JsonSerializer.Serialize(json, item.Data, PostedMessage.MessageType);
                }
            },
            cancellationToken);
    }

    /// <summary>The message's session, opened where the message opens one; null where the request was answered.</summary>
    private async ValueTask<McpSession?> OfAsync(HttpContext context, PostedMessage posted, IReadOnlyList<string>? toolSets)
    {
        string id = context.Request.Headers[SessionHeader].ToString();
        string key = KeyOf(context);
        if (id.Length > 0)
        {
            if (sessions.Find(id, key) is { } found)
            {
                return found;
            }

            await NotFoundAsync(context, posted.Id);
            return null;
        }

        if (posted.Request is not { Method: RequestMethods.Initialize })
        {
            await JsonRpcAnswer.ErrorAsync(
                context, 400, JsonRpcAnswer.Refused,
                $"There is no session: send initialize first, or declare revision {ProtocolRevisions.Modern}, which needs none.", posted.Id);
            return null;
        }

        if (await sessions.OpenAsync(key, toolSets) is { } opened)
        {
            return opened;
        }

        context.Response.Headers.RetryAfter = "30";
        await JsonRpcAnswer.ErrorAsync(
            context, 503, JsonRpcAnswer.Refused,
            $"There are {sessions.Max} sessions already, which is the limit (setting http.sessions_max). Close one with DELETE, or try again later.", posted.Id);
        return null;
    }

    private async ValueTask<McpSession?> FindAsync(HttpContext context)
    {
        string revision = context.Request.Headers["MCP-Protocol-Version"].ToString();
        if (revision == ProtocolRevisions.Modern)
        {
            await McpHttpEndpoint.MethodNotAllowedAsync(context, "POST");
            return null;
        }

        if (revision.Length > 0 && !ProtocolRevisions.IsKnown(revision))
        {
            await JsonRpcAnswer.UnsupportedAsync(context, revision);
            return null;
        }

        string id = context.Request.Headers[SessionHeader].ToString();
        if (id.Length == 0)
        {
            await JsonRpcAnswer.ErrorAsync(context, 400, JsonRpcAnswer.Refused, $"The header {SessionHeader} is missing.");
            return null;
        }

        if (sessions.Find(id, KeyOf(context)) is { } session)
        {
            return session;
        }

        await NotFoundAsync(context);
        return null;
    }

    private static string KeyOf(HttpContext context) => context.Features.Get<Grant>()?.Key ?? "";

    private static Task NotFoundAsync(HttpContext context, RequestId id = default) => JsonRpcAnswer.ErrorAsync(
        context, 404, JsonRpcAnswer.NoSession, "There is no such session: it was closed, or expired. Send initialize to open a new one.", id);
}
