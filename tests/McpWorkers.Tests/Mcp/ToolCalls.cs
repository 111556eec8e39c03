using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

/// <summary>Calls of tools with arguments written as JSON.</summary>
internal static class ToolCalls
{
    public static async Task<CallToolResult> CallAsync(
        this McpClient client, string tool, string arguments, IProgress<ModelContextProtocol.ProgressNotificationValue>? progress = null,
        CancellationToken cancellationToken = default) =>
        await client.CallToolAsync(
            tool, JsonNode.Parse(arguments)!.AsObject().ToDictionary(a => a.Key, object? (a) => a.Value), progress, cancellationToken: cancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

    public static string TextOf(this CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    /// <summary>The JSON of an answer that is no refusal.</summary>
    public static JsonNode JsonOf(this CallToolResult result)
    {
        Assert.False(result.IsError ?? false, result.TextOf());
        return JsonNode.Parse(result.TextOf())!;
    }

    /// <summary>Waits for a condition, at most so long.</summary>
    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited in vain: {what}.");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
