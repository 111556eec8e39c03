using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.Prompts;

/// <summary>A prompt that is one text with its arguments filled in.</summary>
/// <param name="write">Gets an argument by its name, trimmed; empty for an optional one that was not given.</param>
internal sealed class PromptText(Prompt prompt, Func<Func<string, string>, string> write) : McpServerPrompt
{
    public override Prompt ProtocolPrompt => prompt;

    public override IReadOnlyList<object> Metadata => [];

    public override ValueTask<GetPromptResult> GetAsync(
        RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken = default)
    {
        var given = request.Params?.Arguments ?? new Dictionary<string, JsonElement>();
        string text = write(name => ArgumentOf(given, name));
        return ValueTask.FromResult(new GetPromptResult
        {
            Description = prompt.Description,
            Messages = [new() { Role = Role.User, Content = new TextContentBlock { Text = text } }],
        });
    }

    private string ArgumentOf(IDictionary<string, JsonElement> given, string name)
    {
        string value = given.TryGetValue(name, out var element) ? element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!.Trim(),
            JsonValueKind.Null or JsonValueKind.Undefined => "",
            _ => throw Refuse($"'{name}' must be a string"),
        } : "";
        bool required = prompt.Arguments?.Any(argument => argument.Name == name && argument.Required == true) == true;
        return value.Length > 0 || !required ? value : throw Refuse($"'{name}' is missing");
    }

    private McpProtocolException Refuse(string what) => new($"{prompt.Name}: {what}.", McpErrorCode.InvalidParams);
}
