using System.Text.RegularExpressions;
using McpWorkers.Mcp.Prompts;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Prompts;

public sealed partial class WorkerPromptsTests
{
    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Each_prompt_is_listed_and_carries_its_arguments(string protocolVersion)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);

        var listed = await client.ListPromptsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["collect", "delegate", "investigate", "review"], listed.Select(prompt => prompt.Name).Order());
        foreach (var prompt in listed)
        {
            var arguments = (prompt.ProtocolPrompt.Arguments ?? []).ToDictionary(argument => argument.Name, object? (argument) => $"<{argument.Name}>");
            var got = await client.GetPromptAsync(prompt.Name, arguments, cancellationToken: TestContext.Current.CancellationToken);
            string text = Assert.IsType<TextContentBlock>(Assert.Single(got.Messages).Content).Text;
            Assert.All(arguments.Where(argument => prompt.Name != "investigate" || argument.Key == "run_id"), argument =>
                Assert.Contains((string)argument.Value!, text, StringComparison.Ordinal));
            Assert.Contains("worker_", text, StringComparison.Ordinal);
            // A model's context is dear.
            Assert.InRange(text.Length / 4, 1, 300);
        }
    }

    [Theory]
    [InlineData("delegate", "task")]
    [InlineData("review", "subject")]
    public async Task A_required_argument_is_asked_for_by_its_name(string prompt, string argument)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var missing = await Assert.ThrowsAsync<McpProtocolException>(
            () => client.GetPromptAsync(prompt, cancellationToken: TestContext.Current.CancellationToken).AsTask());
        var notText = await Assert.ThrowsAsync<McpProtocolException>(
            () => client.SendAsync("prompts/get", $$$$"""{"name":"{{{{prompt}}}}","arguments":{"{{{{argument}}}}":7}}"""));

        Assert.Equal(McpErrorCode.InvalidParams, missing.ErrorCode);
        Assert.Contains($"'{argument}' is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains($"'{argument}' must be a string", notText.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tools_that_prompts_name_exist()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();
        var tools = (await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Select(tool => tool.Name).ToHashSet();

        foreach (var prompt in WorkerPrompts.All)
        {
            var arguments = (prompt.ProtocolPrompt.Arguments ?? []).ToDictionary(argument => argument.Name, object? (_) => "x");
            var got = await client.GetPromptAsync(prompt.ProtocolPrompt.Name, arguments, cancellationToken: TestContext.Current.CancellationToken);
            string text = Assert.IsType<TextContentBlock>(Assert.Single(got.Messages).Content).Text;
            Assert.All(ToolNames().Matches(text), named => Assert.Contains(named.Value, tools));
        }
    }

    [GeneratedRegex("worker_[a-z]+(_[a-z]+)*")]
    private static partial Regex ToolNames();
}
