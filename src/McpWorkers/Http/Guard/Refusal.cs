using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Guard;

/// <summary>Says no in the words of the door that was knocked at: JSON-RPC at the MCP endpoint, problem details (RFC 9457) elsewhere.</summary>
internal static class Refusal
{
    private const string ProblemType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, int status, string message) =>
        context.Request.Path == HttpDoor.McpPath
            ? Protocol.JsonRpcAnswer.ErrorAsync(context, status, Protocol.JsonRpcAnswer.Refused, message)
            : WriteProblemAsync(context, status, message);

    /// <param name="code">Our own word for the kind of trouble, such as <c>not_found</c>; null where the status says it all.</param>
    public static Task WriteProblemAsync(HttpContext context, int status, string message, string? code = null)
    {
        var problem = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = message,
        };
        if (code is not null)
        {
            problem["code"] = code;
        }

        return HttpAnswer.WriteAsync(context, status, problem, ProblemType);
    }

    /// <summary>True where the request's grant allows it; else it is answered with the scope that is needed.</summary>
    public static async ValueTask<bool> AllowsAsync(HttpContext context, TokenScope needed, string what)
    {
        var grant = context.Features.Get<Grant>();
        if (grant?.Allows(needed) == true)
        {
            return true;
        }

        string scope = needed.ToWire();
        context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"mcpworkers\", error=\"insufficient_scope\", scope=\"{scope}\"";
        await WriteAsync(
            context, 403,
            $"{what} needs a token of scope {scope}; '{grant?.Name}' has {grant?.Scope.ToWire()}. 'mcpworkers token create NAME --scope {scope}' makes one.");
        return false;
    }
}
