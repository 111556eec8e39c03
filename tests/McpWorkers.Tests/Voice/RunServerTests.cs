using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Tests.Cli;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>The server of a run as its agent starts it: a process, spoken to over MCP.</summary>
public sealed class RunServerTests
{
    private const int Limit = 60_000;

    [Theory(Timeout = Limit)]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Agent_asks_reports_shares_and_is_answered_over_another_daemon(string revision)
    {
        await using var scene = await VoiceScene.StartAsync(change: RunVoiceTests.Supervised);
        using var news = scene.Manager.Events.Subscribe(only: fact => fact.Text.Contains("begun", StringComparison.Ordinal));
        await using var client = await ConnectAsync(scene.Server, revision);
        var tools = await client.ListToolsAsync(cancellationToken: VoiceScene.Cancellation);
        Assert.Equal(["ask_controller", "report_progress", "share_artifact", "permission_prompt"], tools.Select(tool => tool.Name));
        File.WriteAllText(Path.Combine(scene.Work, "f.txt"), "1");

        Assert.Equal("Reported.", await CallAsync(client, "report_progress", ("text", "begun"), ("percent", 10)));
        Assert.Equal("Shared: f.txt (1 bytes).", await CallAsync(client, "share_artifact", ("path", "f.txt")));
        Assert.Equal("10%: begun", (await news.Reader.ReadAsync(VoiceScene.Cancellation)).Text);

        var question = CallAsync(client, "ask_controller", ("question", "Which?"), ("options", new[] { "a", "b" }));
        var asked = await scene.PendingAsync();
        await scene.StopDaemonAsync();
        await scene.StartDaemonAsync();
        await scene.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("b"), "cli");
        Assert.Equal("b", await question);
        Assert.Equal(["a", "b"], asked.Options);

        await Until.TrueAsync(() => File.Exists(Given(scene, asked)));
        await DeliveredAsync(scene, asked);

        var permission = CallAsync(client, "permission_prompt", ("tool_name", "Bash"), ("input", new { command = "make" }), ("tool_use_id", "toolu_1"));
        var wanted = await scene.PendingAsync();
        await scene.Manager.Requests.AnswerAsync(wanted.RequestId, new RequestVerdict.Deny("not now"), "cli");
        Assert.Equal("""{"behavior":"deny","message":"not now"}""", await permission);
        await DeliveredAsync(scene, wanted);
    }

    [Fact(Timeout = Limit)]
    public async Task Answer_that_was_written_is_noted_though_the_daemon_goes_before_it_is_told()
    {
        await using var scene = await VoiceScene.StartAsync();
        await using var client = await ConnectAsync(scene.Server, "2025-11-25");
        var question = CallAsync(client, "ask_controller", ("question", "Which?"));
        var asked = await scene.PendingAsync();
        Assert.False(File.Exists(Given(scene, asked)));
        await scene.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("b"), "cli");
        await question;
        await scene.StopDaemonAsync();

        await Until.TrueAsync(() => File.Exists(Given(scene, asked)));
        await scene.StartDaemonAsync();
        await DeliveredAsync(scene, asked);
    }

    [Fact(Timeout = Limit)]
    public async Task Hold_that_is_over_ends_the_call_and_not_the_question()
    {
        await using var scene = await VoiceScene.StartAsync();
        await using var client = await ConnectAsync(scene.Manager.Voice.ServerFor(scene.RunId, TimeSpan.FromSeconds(1), questions: true, permissions: false)!, "2025-11-25");

        string said = await CallAsync(client, "ask_controller", ("question", "Which?"));

        string request = scene.Manager.Requests.PendingOf(scene.RunId)!.RequestId;
        Assert.Equal($"No answer has come yet (request {request}). End your turn now; you will be called again with the answer.", said);
        Assert.DoesNotContain(await client.ListToolsAsync(cancellationToken: VoiceScene.Cancellation), tool => tool.Name == "permission_prompt");
    }

    [Fact(Timeout = Limit)]
    public async Task Refusals_are_told_to_the_agent()
    {
        await using var scene = await VoiceScene.StartAsync();
        await using var client = await ConnectAsync(scene.Server, "2025-11-25");

        var shared = await client.CallToolAsync("share_artifact", new Dictionary<string, object?> { ["path"] = "/etc/passwd" }, cancellationToken: VoiceScene.Cancellation);
        Assert.True(shared.IsError);
        Assert.Contains("not within the workspace", TextOf(shared), StringComparison.Ordinal);
        Assert.Contains("\"deny\"", await CallAsync(client, "permission_prompt", ("tool_name", "Ba sh"), ("input", new { })), StringComparison.Ordinal);
        await scene.Manager.CancelRunAsync(scene.RunId, "over", VoiceScene.Cancellation);
        var late = await client.CallToolAsync("ask_controller", new Dictionary<string, object?> { ["question"] = "?" }, cancellationToken: VoiceScene.Cancellation);
        Assert.True(late.IsError);
    }

    private static string Given(VoiceScene scene, WorkerRequest request) => Path.Combine(scene.Place.Data, "runs", scene.RunId, "given-" + request.RequestId);

    private static Task DeliveredAsync(VoiceScene scene, WorkerRequest request) => Until.TrueAsync(
        async () => (await scene.Manager.Requests.FindAsync(request.RequestId, VoiceScene.Cancellation)).Delivered is not null);

    private static Task<McpClient> ConnectAsync(McpServerSpec server, string revision) => McpClient.CreateAsync(
        new StdioClientTransport(new()
        {
            Name = "run",
            Command = server.Command,
            Arguments = [.. server.Arguments],
            EnvironmentVariables = server.Environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value),
        }),
        new() { ProtocolVersion = revision },
        cancellationToken: VoiceScene.Cancellation);

    private static async Task<string> CallAsync(McpClient client, string tool, params (string Name, object? Value)[] arguments) =>
        TextOf(await client.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => argument.Value), cancellationToken: VoiceScene.Cancellation));

    private static string TextOf(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
}
