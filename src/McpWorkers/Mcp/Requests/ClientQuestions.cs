using McpWorkers.Mcp.Tasks;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.Requests;

/// <summary>How the client of one call can be asked what its own workers ask, and what it said to that already.</summary>
/// <param name="CanAsk">It declared that it shows forms to its user, and is no agent inside a run: nobody approves for himself.</param>
/// <param name="AskAsync">A request to the client while its call goes on; null from revision 2026-07-28 on, where only the answer to a call can ask.</param>
/// <param name="State">What an earlier answer asked to be given back; null for a call that is made for the first time.</param>
/// <param name="Responses">By request, to what that answer asked.</param>
internal sealed record ClientQuestions(
    bool CanAsk,
    Func<ElicitRequestParams, CancellationToken, ValueTask<ElicitResult>>? AskAsync,
    string? State,
    IDictionary<string, InputResponse>? Responses)
{
    public static ClientQuestions Of(RequestContext<CallToolRequestParams> request)
    {
        bool isNested = CallerServices.CallerOf(request.Services).ParentRun is not null;
        return TaskCapability.IsKnownTo(request.JsonRpcRequest)
            ? new(!isNested && ShowsForms(request.JsonRpcRequest), null, request.Params?.RequestState, request.Params?.InputResponses)
            : new(!isNested && ShowsForms(request.Server.ClientCapabilities), request.Server.ElicitAsync, null, null);
    }

    /// <summary>Of a request that carries the capabilities of its client, as from revision 2026-07-28 on.</summary>
    public static bool ShowsForms(JsonRpcRequest request) => ShowsForms(request.Context?.ClientCapabilities);

    // One that names no mode has the only one that there was at first.
    private static bool ShowsForms(ClientCapabilities? capabilities) =>
        capabilities?.Elicitation is { } elicitation && (elicitation.Form is not null || elicitation.Url is null);
}
