using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Http.Rest;

/// <summary>Reads a query parameter as an argument of a tool, by the parameter's schema. Whether it is in range is for the tool to say.</summary>
internal static class QueryValue
{
    /// <exception cref="RefusedException">It is not of the schema's type.</exception>
    public static JsonNode Of(RouteParameter parameter, string text) => JsonNode.Parse(parameter.Schema)!["type"]!.GetValue<string>() switch
    {
        // A list is written with commas.
        _ when parameter.Name.EndsWith("_ids", StringComparison.Ordinal) => new JsonArray([.. text.Split(',', StringSplitOptions.TrimEntries).Select(id => (JsonNode)id)]),
        "boolean" => text is "true" or "false" ? text == "true" : throw Wrong(parameter, text, "true or false"),
        "number" or "integer" => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(parameter, text, "a number"),
        _ => text,
    };

    private static RefusedException Wrong(RouteParameter parameter, string text, string allowed) =>
        new(RefusalCode.InvalidArgument, $"{parameter.Name} is '{text}'; it must be {allowed}.");
}
