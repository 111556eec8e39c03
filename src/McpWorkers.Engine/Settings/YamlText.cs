using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;
using YamlDotNet.Core;

namespace McpWorkers.Engine.Settings;

/// <summary>Reads a YAML text, of which JSON is a part, that is no settings file.</summary>
public static class YamlText
{
    /// <summary>
    /// Mappings as objects, sequences as arrays; a plain <c>true</c> or <c>false</c> as a boolean, a plain <c>null</c> as null, all else as text:
    /// <c>key: 12</c> is the text "12".
    /// </summary>
    /// <param name="from">Where the text came from, such as <c>--file tasks.yaml</c>; for messages.</param>
    /// <returns>Null for a text with nothing but comments.</returns>
    /// <exception cref="RefusedException">It is no YAML, or a key comes twice.</exception>
    public static JsonNode? Read(string text, string from)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return YamlFile.Parse(text) is { } root ? Node(root, from) : null;
        }
        catch (YamlException e)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"{from}: line {e.Start.Line}: {e.Message}");
        }
    }

    private static JsonNode? Node(YamlItem item, string from) => item switch
    {
        YamlItem.Sequence sequence => new JsonArray([.. sequence.Items.Select(each => Node(each, from))]),
        YamlItem.Mapping mapping => Object(mapping, from),
        YamlItem.Scalar { IsNull: true } => null,
        YamlItem.Scalar { Plain: true, Text: "true" or "false" } scalar => scalar.Text == "true",
        YamlItem.Scalar scalar => scalar.Text,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static JsonObject Object(YamlItem.Mapping mapping, string from)
    {
        var json = new JsonObject();
        foreach (var (key, value) in mapping.Pairs)
        {
            if (!json.TryAdd(key.Text, Node(value, from)))
            {
                throw new RefusedException(RefusalCode.InvalidArgument, $"{from}: line {key.Line}: '{key.Text}' is there twice.");
            }
        }

        return json;
    }
}
