using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Guard;

/// <summary>Lets the pages of the origins in the settings read our answers; pages of no others, those of loopback included.</summary>
internal static class CrossOrigin
{
    private const string Methods = "GET, POST, DELETE";
    private const string Asked = "authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name";
    private const string Shown = "mcp-session-id, www-authenticate, retry-after";

    /// <summary>True where the request was a question before another one, and is answered.</summary>
    public static bool Answer(HttpContext context, string origin, bool listed)
    {
        var response = context.Response;
        bool isQuestion = HttpMethods.IsOptions(context.Request.Method) && context.Request.Headers.AccessControlRequestMethod.Count > 0;
        if (listed)
        {
            response.Headers.Vary = "Origin";
            response.Headers.AccessControlAllowOrigin = origin;
            response.Headers.AccessControlExposeHeaders = Shown;
        }

        if (!isQuestion)
        {
            return false;
        }

        if (listed)
        {
            response.Headers.AccessControlAllowMethods = Methods;
            response.Headers.AccessControlAllowHeaders = Asked;
            response.Headers.AccessControlMaxAge = "600";
        }

        // Without our leave in its headers, the answer stops the browser.
        response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
