using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.News;

/// <summary><c>subscriptions/listen</c> of revision 2026-07-28.</summary>
public sealed class SubscriptionsTests
{
    private const string Acknowledged = NotificationMethods.SubscriptionsAcknowledgedNotification;
    private const string Updated = NotificationMethods.ResourceUpdatedNotification;
    private const string ListChanged = NotificationMethods.ResourceListChangedNotification;
    private const string Task = "notifications/tasks";

    [Fact]
    public async Task What_is_granted_is_said_and_all_news_carry_the_subscription()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();
        string worker = await server.SpawnAsync();
        string uri = $"mcpworkers://workers/{worker}";
        var box = new NotificationBox(client, Acknowledged, Updated, ListChanged, Task);
        using var over = new CancellationTokenSource();
        var listening = ListenAsync(
            client, $$"""{"resourcesListChanged":true,"toolsListChanged":true,"resourceSubscriptions":["{{uri}}","mcpworkers://workers/term_nobody"]}""", over.Token);
        await box.UntilAsync(one => one.Method == Acknowledged, "the acknowledgement");

        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""");
        await box.UntilAsync(one => one.Method == Updated, "the worker changed");
        await server.SpawnAsync();
        await box.UntilAsync(one => one.Method == ListChanged, "the list changed");

        var all = box.All;
        Assert.Equal(
            $$"""{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["{{uri}}"]}""",
            Assert.Single(all, one => one.Method == Acknowledged).Params["notifications"]!.ToJsonString());
        Assert.Single(all.Select(one => one.Params["_meta"]!["io.modelcontextprotocol/subscriptionId"]!.ToJsonString()).Distinct());
        Assert.All(all.Where(one => one.Method == Updated), one => Assert.Equal(uri, one.Params.TextOf("uri")));
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task A_task_is_told_as_tasks_get_would_show_it()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        var box = new NotificationBox(client, Acknowledged, Task);
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold\nsaid"}""")).TextOf("taskId");
        using var over = new CancellationTokenSource();
        var listening = ListenAsync(client, $$"""{"taskIds":["{{taskId}}","00000000000000000000000000000000"]}""", over.Token);
        await box.UntilAsync(one => one.Method == Task && one.Params.TextOf("status") == "working", "its state at the beginning");

        server.Launcher.Release();
        await box.UntilAsync(one => one.Method == Task && one.Params.TextOf("status") == "completed", "its end");

        Assert.Equal($$"""["{{taskId}}"]""", Assert.Single(box.All, one => one.Method == Acknowledged).Params["notifications"]!["taskIds"]!.ToJsonString());
        var told = box.All.First(one => one.Method == Task && one.Params.TextOf("status") == "completed").Params;
        told.Remove("_meta");
        var got = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");
        got.Remove("resultType");
        got.Remove("_meta");
        Assert.True(JsonNode.DeepEquals(got, told), $"{got.ToJsonString()}\n{told.ToJsonString()}");
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task A_task_that_was_over_before_anybody_listened_is_told_at_once()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        var box = new NotificationBox(client, Task);
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""")).TextOf("taskId");
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].RunsDone == 1, "the run ends");
        using var over = new CancellationTokenSource();

        var listening = ListenAsync(client, $$"""{"taskIds":["{{taskId}}"]}""", over.Token);

        await box.UntilAsync(one => one.Params.TextOf("status") == "completed", "its end");
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    /// <summary>On the wire, where the order can be seen; the client library hands notifications over side by side.</summary>
    [Fact]
    public async Task The_acknowledgement_is_the_first_message_of_a_subscription()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        const string Meta =
            """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"wire","version":"1"},
            "io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}
            """;
        string worker = await server.SpawnAsync();
        await wire.SendAsync(
            $$"""
            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{worker}}","prompt":"said"},{{Meta}} } }
            """);
        string taskId = (await wire.ReadAsync())["result"]!.TextOf("taskId");

        await wire.SendAsync($$"""{"jsonrpc":"2.0","id":"mine","method":"subscriptions/listen","params":{ {{Meta}},"notifications":{"taskIds":["{{taskId}}"]} } }""");

        var first = await wire.ReadAsync();
        var second = await wire.ReadAsync();
        Assert.Equal([Acknowledged, Task], [first.TextOf("method"), second.TextOf("method")]);
        Assert.All([first, second], one => Assert.Equal("mine", one["params"]!["_meta"]!.TextOf("io.modelcontextprotocol/subscriptionId")));
    }

    [Fact]
    public async Task Tasks_are_told_to_those_alone_who_declare_them()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var error = await Assert.ThrowsAnyAsync<McpProtocolException>(
            () => ListenAsync(client, """{"taskIds":["00000000000000000000000000000000"]}""", TestContext.Current.CancellationToken));

        Assert.Equal(McpErrorCode.MissingRequiredClientCapability, error.ErrorCode);
    }

    [Fact]
    public async Task An_open_subscription_does_not_hold_up_the_end_of_input()
    {
        await using var server = new EchoServer(grace: new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1)));
        var client = await server.ConnectAsync();
        var box = new NotificationBox(client, Acknowledged);
        var listening = ListenAsync(client, """{"resourcesListChanged":true}""", TestContext.Current.CancellationToken);
        await box.UntilAsync(_ => true, "the acknowledgement");

        await server.Input.DisposeAsync();

        await server.Served.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<Exception>(() => listening);
    }

    private static Task<JsonRpcResponse> ListenAsync(McpClient client, string notifications, CancellationToken over) => client.SendRequestAsync(
        new JsonRpcRequest { Method = "subscriptions/listen", Params = new JsonObject { ["notifications"] = JsonNode.Parse(notifications) } }, over);
}
