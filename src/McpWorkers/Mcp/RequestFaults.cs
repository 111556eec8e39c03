using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>
/// Says what was wrong with a request that the protocol library could not read, or that the engine refused: the library would answer -32603
/// and "An error occurred." Whatever else goes wrong is a fault of ours, and told to the operator.
/// </summary>
internal sealed class RequestFaults(TextWriter log)
{
    public const string HalfOfASurrogatePair =
        "a text holds half of a surrogate pair (\\ud800 to \\udfff without its partner), which is no Unicode character. Send both halves or neither.";

    public void AddTo(McpServerOptions options) => options.Filters.Message.IncomingFilters.Add(next => async (context, cancellationToken) =>
    {
        try
        {
            await next(context, cancellationToken);
        }
        catch (RefusedException refused) when (context.JsonRpcMessage is JsonRpcRequest)
        {
            bool isTheirs = refused.Code is not (RefusalCode.StoreUnavailable or RefusalCode.ShuttingDown);
            throw new McpProtocolException(refused.Message, refused, isTheirs ? McpErrorCode.InvalidParams : McpErrorCode.InternalError);
        }
        catch (Exception e) when (e is not McpException and not OperationCanceledException && context.JsonRpcMessage is JsonRpcRequest)
        {
            var request = (JsonRpcRequest)context.JsonRpcMessage;
            if (Diagnose(request.Method, request.Params, e) is { } fault)
            {
                throw new McpProtocolException($"{request.Method}: {fault}", e, McpErrorCode.InvalidParams);
            }

            await log.WriteLineAsync($"mcpworkers: {request.Method} failed: {e}");
            throw;
        }
    });

    /// <summary>Null where the request is not to blame.</summary>
    private static string? Diagnose(string method, JsonNode? parameters, Exception fault)
    {
        if (parameters is not null and not JsonObject)
        {
            return "'params' must be an object.";
        }

        if (method is RequestMethods.ToolsCall or RequestMethods.PromptsGet && parameters?["arguments"] is { } arguments and not JsonObject)
        {
            return $"'arguments' must be an object, and is {KindOf(arguments)}.";
        }

        if (HasLoneSurrogate(parameters))
        {
            return HalfOfASurrogatePair;
        }

        return fault is JsonException unreadable ? $"a parameter is of the wrong type ({unreadable.Path ?? "$"})." : null;
    }

    private static string KindOf(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a boolean",
    };

    /// <summary>Only such a text cannot be had as a string once the JSON around it has been read.</summary>
    private static bool HasLoneSurrogate(JsonNode? node)
    {
        try
        {
            return node switch
            {
                JsonObject fields => fields.Any(field => HasLoneSurrogate(field.Value)),
                JsonArray items => items.Any(HasLoneSurrogate),
                JsonValue value => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is null,
                _ => false,
            };
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
