using McpWorkers.Engine.Model;
using McpWorkers.Http.Guard;
using McpWorkers.Mcp;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Rest;

/// <summary>Which HTTP status a refusal has.</summary>
internal static class Refusals
{
    public static Task WriteAsync(HttpContext context, RefusalCode code, string message) =>
        Refusal.WriteProblemAsync(context, StatusOf(code), message, RefusalNames.ToWire(code));

    /// <summary>Writes what a tool refused; a fault of ours has no code.</summary>
    public static Task WriteAsync(HttpContext context, CallToolResult refused)
    {
        string message = TextOf(refused);
        return ToolAnswer.CodeOf(refused) is { } code
            ? WriteAsync(context, code, message)
            : Refusal.WriteProblemAsync(context, StatusCodes.Status500InternalServerError, message);
    }

    public static string TextOf(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;

    private static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.InvalidArgument or RefusalCode.UnknownType or RefusalCode.Unsupported => StatusCodes.Status400BadRequest,
        RefusalCode.Forbidden => StatusCodes.Status403Forbidden,
        RefusalCode.NotFound => StatusCodes.Status404NotFound,
        RefusalCode.MissingExecutable or RefusalCode.AlreadyOwned => StatusCodes.Status409Conflict,
        // What another time may be possible.
        RefusalCode.LimitReached or RefusalCode.Disabled or RefusalCode.ShuttingDown or RefusalCode.StoreUnavailable or RefusalCode.WorkspaceUnavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
