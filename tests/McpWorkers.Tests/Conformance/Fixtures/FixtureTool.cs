using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Tests.Conformance.Fixtures;

internal delegate Task<CallToolResult> FixtureBody(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken);

/// <summary>A tool that the conformance suites call by its name.</summary>
internal sealed class FixtureTool(string name, FixtureBody body, string schema = FixtureTool.NoArguments) : McpServerTool
{
    public const string NoArguments = """{"type":"object","properties":{}}""";

    public override Tool ProtocolTool { get; } = new()
    {
        Name = name,
        Description = "Conformance fixture.",
        InputSchema = Parse(schema),
        Annotations = new() { ReadOnlyHint = true },
    };

    public override IReadOnlyList<object> Metadata => [];

    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    /// <summary>An argument as text; empty where it is not given.</summary>
    public static string Argument(RequestContext<CallToolRequestParams> request, string name) =>
        request.Params?.Arguments is { } arguments && arguments.TryGetValue(name, out var value) ? value.ToString() : "";

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default) => await body(request, cancellationToken);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}

internal sealed class FixturePrompt(string name, PromptArgument[] arguments, Func<RequestContext<GetPromptRequestParams>, GetPromptResult> body) : McpServerPrompt
{
    public override Prompt ProtocolPrompt { get; } = new() { Name = name, Description = "Conformance fixture.", Arguments = arguments.Length > 0 ? arguments : null };

    public override IReadOnlyList<object> Metadata => [];

    public static GetPromptResult Say(params ContentBlock[] content) => new() { Messages = [.. content.Select(each => new PromptMessage { Role = Role.User, Content = each })] };

    public static GetPromptResult Say(string text) => Say(new TextContentBlock { Text = text });

    public static string Argument(RequestContext<GetPromptRequestParams> request, string name) =>
        request.Params?.Arguments is { } arguments && arguments.TryGetValue(name, out var value) ? value.ToString() : "";

    public override ValueTask<GetPromptResult> GetAsync(RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken = default) => new(body(request));
}

internal sealed class FixtureResource(string template, string mime, Func<string, bool> match, Func<string, ResourceContents> read) : McpServerResource
{
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new() { UriTemplate = template, Name = template, Description = "Conformance fixture.", MimeType = mime };

    public override Resource? ProtocolResource => ProtocolResourceTemplate.AsResource();

    public override IReadOnlyList<object> Metadata => [];

    public override bool IsMatch(string uri) => match(uri);

    public override ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default) =>
        new(new ReadResourceResult { Contents = [read(request.Params!.Uri)] });
}
