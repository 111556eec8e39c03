using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// The headers by which proxies route requests of revision 2026-07-28, and which must say what the body says: <c>Mcp-Method</c>;
/// <c>Mcp-Name</c> with the tool, prompt, resource or task; <c>Mcp-Param-*</c> with the arguments that a tool's schema marks by <c>x-mcp-header</c>.
/// </summary>
internal static class RoutingHeaders
{
    /// <summary>What does not fit, in one sentence; null where all does.</summary>
    public static string? Check(IHeaderDictionary headers, PostedMessage posted, Func<string, Tool?> findTool)
    {
        if (posted.Request is not { Method: var method })
        {
            return null;
        }

        if (headers["Mcp-Method"] is not { Count: > 0 } given)
        {
            return "The header Mcp-Method is missing.";
        }

        if (given.ToString().Trim() != method)
        {
            return $"The header Mcp-Method is '{given}', and the body's method is '{method}'.";
        }

        return NamedBy(method) is { } field ? CheckName(headers, posted, method, field, findTool) : null;
    }

    private static string? NamedBy(string method) => method switch
    {
        "tools/call" or "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" or "tasks/update" or "tasks/cancel" => "taskId",
        _ => null,
    };

    private static string? CheckName(IHeaderDictionary headers, PostedMessage posted, string method, string field, Func<string, Tool?> findTool)
    {
        if (headers["Mcp-Name"] is not { Count: > 0 } given)
        {
            return "The header Mcp-Name is missing.";
        }

        if (Decode(given.ToString()) is not { } name)
        {
            return "The header Mcp-Name cannot be decoded.";
        }

        if (name != PostedMessage.TextOf(posted.Parameters?[field]))
        {
            return $"The header Mcp-Name is not the body's '{field}'.";
        }

        return method == "tools/call" && findTool(name) is { } tool ? CheckArguments(headers, posted.Parameters?["arguments"] as JsonObject, tool) : null;
    }

    private static string? CheckArguments(IHeaderDictionary headers, JsonObject? arguments, Tool tool)
    {
        if (!tool.InputSchema.TryGetProperty("properties", out var properties))
        {
            return null;
        }

        foreach (var property in properties.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("x-mcp-header", out var name)
                && CheckArgument(headers, $"Mcp-Param-{name.GetString()}", arguments?[property.Name]) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static string? CheckArgument(IHeaderDictionary headers, string header, JsonNode? argument)
    {
        if (headers[header] is not { Count: > 0 } given)
        {
            return argument is null ? null : $"The header {header} is missing.";
        }

        if (Decode(given.ToString()) is not { } value)
        {
            return $"The header {header} cannot be decoded.";
        }

        if (argument is null)
        {
            return $"The header {header} has no argument.";
        }

        string? expected = McpHeaderEncoder.DecodeValue(McpHeaderEncoder.ConvertToHeaderValue(argument) ?? "");
        return value == expected || SameNumber(value, expected) ? null : $"The header {header} is not the argument's value.";
    }

    /// <summary>1, 1.0 and 1e0 are one number.</summary>
    private static bool SameNumber(string one, string? other) =>
        decimal.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal a)
        && decimal.TryParse(other, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal b) && a == b;

    private static string? Decode(string value)
    {
        string text = value.Trim();
        return text.Any(static c => c is not '\t' and (< ' ' or > '~')) ? null : McpHeaderEncoder.DecodeValue(text);
    }
}
