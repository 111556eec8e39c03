using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Tests.Settings.Generated;

/// <summary>Writes a table of keys as JSON Schema (draft 7, which editors' YAML support reads best).</summary>
internal static class SettingsSchema
{
    public static string Of(KeyTable table, string title)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = title,
        };
        foreach (var (name, value) in Mapping(table, otherKeys: false))
        {
            schema[name] = value?.DeepClone();
        }

        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            schema.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Mapping(KeyTable table, bool otherKeys)
    {
        var properties = new JsonObject();
        foreach (var key in table.Keys)
        {
            var schema = Shape(key.Shape);
            schema["description"] = key.Meaning;
            if (key.Default is not null)
            {
                schema["default"] = Default(key.Default);
            }

            properties[key.Name] = schema;
        }

        return new()
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = otherKeys ? OneOf(Text(TextRule.Any), List(Text(TextRule.Any))) : false,
        };
    }

    private static JsonObject Shape(SettingShape shape) => shape switch
    {
        SettingShape.Flag => new() { ["type"] = "boolean" },
        SettingShape.Whole whole => new() { ["type"] = "integer", ["minimum"] = whole.Min, ["maximum"] = whole.Max },
        SettingShape.Number number => new() { ["type"] = "number", ["minimum"] = number.Min, ["maximum"] = number.Max },
        SettingShape.Size => new() { ["type"] = new JsonArray("string", "integer"), ["pattern"] = "^[0-9]+([.][0-9]+)?[KMGTkmgt]?$" },
        SettingShape.Text text => Text(text.Rule),
        SettingShape.TextList list => List(Text(list.Item)),
        SettingShape.Words => OneOf(Text(TextRule.NotEmpty), List(Text(TextRule.Any))),
        SettingShape.TextMap map => new()
        {
            ["type"] = new JsonArray("object", "null"),
            ["propertyNames"] = new JsonObject { ["pattern"] = map.Name.Pattern.ToString() },
            ["additionalProperties"] = Text(TextRule.Any),
        },
        SettingShape.Section section => Nullable(Mapping(section.Keys, otherKeys: false)),
        SettingShape.Entries entries => List(Entry(entries)),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    private static JsonObject Entry(SettingShape.Entries entries)
    {
        var entry = Mapping(entries.Keys, entries.OtherKeys);
        entry["required"] = new JsonArray("name");
        return entry;
    }

    private static JsonObject Nullable(JsonObject schema)
    {
        schema["type"] = new JsonArray(schema["type"]!.GetValue<string>(), "null");
        return schema;
    }

    /// <summary>A number without quotes is a text as well as any.</summary>
    private static JsonObject Text(TextRule rule) => rule.OneOf.Count > 0
        ? new() { ["enum"] = new JsonArray([.. rule.OneOf.Select(o => (JsonNode)o)]) }
        : rule == TextRule.Any ? new() { ["type"] = new JsonArray("string", "number", "boolean") }
        : new() { ["type"] = new JsonArray("string", "number"), ["pattern"] = rule.Pattern.ToString() };

    private static JsonObject List(JsonObject item) => new() { ["type"] = new JsonArray("array", "null"), ["items"] = item };

    private static JsonObject OneOf(JsonObject one, JsonObject other) => new() { ["anyOf"] = new JsonArray(one, other) };

    private static JsonNode Default(string yaml) => YamlFile.Parse(yaml) switch
    {
        YamlItem.Scalar { Text: "true" or "false" } flag => JsonValue.Create(flag.Text == "true"),
        YamlItem.Scalar scalar when long.TryParse(scalar.Text, out long number) => JsonValue.Create(number),
        YamlItem.Scalar scalar => JsonValue.Create(scalar.Text),
        YamlItem.Sequence list => new JsonArray([.. list.Items.Select(i => (JsonNode)((YamlItem.Scalar)i).Text)]),
        _ => new JsonObject(),
    };
}
