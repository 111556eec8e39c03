using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Content of all kinds, resources, and tools whose schemas are what matters.</summary>
internal static class ContentFixtures
{
    public static byte[] Png { get; } = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=");

    private static readonly byte[] Wav = Convert.FromBase64String("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=");

    private const string Schema2020 =
        """
        {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
         "$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
         "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},
         "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
         "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
         "additionalProperties":false}
        """;

    private const string HeaderSchema =
        """
        {"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},"priority":{"type":"integer","x-mcp-header":"Priority"},
        "verbose":{"type":"boolean","x-mcp-header":"Verbose"},"emptyVal":{"type":"string","x-mcp-header":"EmptyVal"},"query":{"type":"string"}}}
        """;

    public static void AddTo(FixtureSet set)
    {
        Content(set, "test_simple_text", new TextContentBlock { Text = "This is a simple text response for testing." });
        Content(set, "test_image_content", ImageContentBlock.FromBytes(Png, "image/png"));
        Content(set, "test_audio_content", AudioContentBlock.FromBytes(Wav, "audio/wav"));
        Content(set, "test_embedded_resource", Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."));
        Content(
            set, "test_multiple_content_types",
            new TextContentBlock { Text = "Multiple content types test:" },
            ImageContentBlock.FromBytes(Png, "image/png"),
            Embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""));
        set.Tool("test_error_handling", (_, _) => throw new McpException("This tool intentionally returns an error for testing"));
        set.Tool("json_schema_2020_12_tool", (_, _) => Task.FromResult(FixtureTool.Text("ok")), Schema2020);
        set.Tool("test_header_tool", (_, _) => Task.FromResult(FixtureTool.Text("ok")), HeaderSchema);
        AddResources(set);
    }

    public static EmbeddedResourceBlock Embedded(string uri, string mime, string text) =>
        new() { Resource = new TextResourceContents { Uri = uri, MimeType = mime, Text = text } };

    private static void Content(FixtureSet set, string name, params ContentBlock[] content) =>
        set.Tool(name, (_, _) => Task.FromResult(new CallToolResult { Content = [.. content] }));

    private static void AddResources(FixtureSet set)
    {
        const string Before = "test://template/";
        const string After = "/data";

        Fixed("test://static-text", "This is the content of the static text resource.");
        Fixed("test://watched-resource", "Watched");
        set.Resources.Add(new FixtureResource(
            "test://static-binary", "image/png", uri => uri == "test://static-binary", uri => BlobResourceContents.FromBytes(Png, uri, "image/png")));
        set.Resources.Add(new FixtureResource(
            Before + "{id}" + After, "application/json",
            uri => uri.StartsWith(Before, StringComparison.Ordinal) && uri.EndsWith(After, StringComparison.Ordinal),
            uri =>
            {
                string id = uri[Before.Length..^After.Length];
                return new TextResourceContents { Uri = uri, MimeType = "application/json", Text = $$"""{"id":"{{id}}","templateTest":true,"data":"Data for ID: {{id}}"}""" };
            }));

        void Fixed(string address, string text) => set.Resources.Add(new FixtureResource(
            address, "text/plain", uri => uri == address, uri => new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = text }));
    }
}
