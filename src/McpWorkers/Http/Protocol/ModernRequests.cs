using McpWorkers.Http.Guard;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>Requests of revision 2026-07-28: each declares what it is and what its client can do, and is served by itself.</summary>
internal sealed class ModernRequests(McpService service, HttpOptions options, BearerTokens? tokens, CancellationToken stopping)
{
    private readonly DirectCalls _direct = new(service, options, tokens, stopping);

    /// <param name="revision">The header's; empty where there is none.</param>
    /// <param name="toolSets">Those that the request chose; null where it chose none.</param>
    public async Task HandleAsync(HttpContext context, PostedMessage posted, string revision, IReadOnlyList<string>? toolSets)
    {
        if (posted.Message is JsonRpcNotification)
        {
            // None of them means anything by itself: a request is cancelled by closing its stream.
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        if (Check(context, posted, revision) is { } refusal)
        {
            await refusal;
            return;
        }

        if (ProtocolRevisions.IsGone(posted.Method))
        {
            await JsonRpcAnswer.ErrorAsync(
                context, 404, JsonRpcAnswer.MethodNotFound, $"There is no method '{posted.Method}' in revision {ProtocolRevisions.Modern}.", posted.Id);
            return;
        }

        (posted.Message.Context ??= new()).ProtocolVersion = revision;
        if (_direct.Takes(posted, isModern: true, toolSets))
        {
            await _direct.AnswerAsync(context, posted, isModern: true);
            return;
        }

        await ServeAsync(context, posted, toolSets);
    }

    private async Task ServeAsync(HttpContext context, PostedMessage posted, IReadOnlyList<string>? toolSets)
    {
        using var answer = new OneAnswer(context);
        await using var transport = new OneRequestTransport(answer, posted.Message);
        // Closing the connection is how a client of this revision cancels.
        await using var life = new StreamLife(context, tokens, options, stopping, answer.KeepAliveAsync);
        await using var server = service.NewServer(transport, toolSets);
        var running = server.RunAsync(life.Token);
        try
        {
            await transport.Answered.WaitAsync(life.Token);
        }
        catch (OperationCanceledException) when (life.Token.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }

        transport.Close();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (life.Token.IsCancellationRequested)
        {
            // As above.
        }
    }

    /// <summary>The answer where the request does not keep to the revision; null where it does.</summary>
    private Task? Check(HttpContext context, PostedMessage posted, string revision)
    {
        Task Refuse(int code, string message) => JsonRpcAnswer.ErrorAsync(context, 400, code, message, posted.Id);

        if (posted.Request is null)
        {
            return Refuse(JsonRpcAnswer.InvalidRequest, "Servers of this revision send no requests, so there is nothing to answer.");
        }

        if (revision.Length == 0)
        {
            return Refuse(JsonRpcAnswer.HeaderMismatch, "The header MCP-Protocol-Version is missing.");
        }

        if (posted.Revision is not { } declared)
        {
            return Refuse(JsonRpcAnswer.InvalidParams, $"_meta must hold {MetaKeys.ProtocolVersion}.");
        }

        if (declared != revision)
        {
            return Refuse(JsonRpcAnswer.HeaderMismatch, $"The header MCP-Protocol-Version is '{revision}', and _meta says '{declared}'.");
        }

        if (RoutingHeaders.Check(context.Request.Headers, posted, service.FindTool) is { } wrong)
        {
            return Refuse(JsonRpcAnswer.HeaderMismatch, wrong);
        }

        return posted.Meta?[MetaKeys.ClientCapabilities] is System.Text.Json.Nodes.JsonObject
            ? null
            : Refuse(JsonRpcAnswer.InvalidParams, $"_meta must hold {MetaKeys.ClientCapabilities}, an object.");
    }
}
