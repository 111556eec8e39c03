using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>Errors that the endpoint itself answers with, and the HTTP status that goes with a code.</summary>
internal static class JsonRpcAnswer
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int HeaderMismatch = -32020;
    public const int MissingCapability = -32021;
    public const int UnsupportedRevision = -32022;
    public const int Refused = -32000;
    public const int NoSession = -32001;

    /// <summary>As revision 2026-07-28 has it: errors of a request that was understood are answers, with status 200.</summary>
    public static int StatusOf(int code) => code switch
    {
        MethodNotFound => 404,
        HeaderMismatch or MissingCapability or UnsupportedRevision => 400,
        _ => 200,
    };

    public static Task ErrorAsync(HttpContext context, int status, int code, string message, RequestId id = default, JsonObject? data = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (data is not null)
        {
            error["data"] = data;
        }

        return HttpAnswer.WriteAsync(context, status, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = NodeOf(id), ["error"] = error });
    }

    /// <summary>The list is that of <c>server/discover</c>: revisions that are opened by <c>initialize</c> are in neither.</summary>
    public static Task UnsupportedAsync(HttpContext context, string asked, RequestId id = default) => ErrorAsync(
        context, 400, UnsupportedRevision, $"Protocol version '{asked}' is not supported.", id,
        new JsonObject { ["supported"] = new JsonArray(ProtocolRevisions.Modern), ["requested"] = asked });

    private static JsonValue? NodeOf(RequestId id) => id.Id switch
    {
        long number => JsonValue.Create(number),
        string text => JsonValue.Create(text),
        _ => null,
    };
}
