using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.News;

/// <summary>A caller from within a run hears and sees what was spawned from within that run, and nothing of anybody else.</summary>
public sealed class LineageNewsTests
{
    [Fact]
    public async Task Who_calls_from_within_a_run_knows_nothing_of_other_workers()
    {
        await using var server = new EchoServer();
        string others = await server.SpawnAsync();
        var outer = server.Manager.SubmitAsync(others, "!hold");
        string parent = (await outer).RunId;
        await using var inner = new PipedServer(server.Manager.As(new() { Kind = "mcp", ParentRun = parent }), TextWriter.Null);
        var client = await inner.ConnectAsync(EchoServer.Legacy, tasks: false);
        var box = new NotificationBox(client, NotificationMethods.ResourceListChangedNotification, NotificationMethods.ResourceUpdatedNotification);
        await client.SendAsync("resources/subscribe", """{"uri":"mcpworkers://workers"}""");

        string own = (await client.CallAsync("worker_spawn", "{}")).JsonOf()[0]!.GetValue<string>();
        await box.UntilAsync(one => one.Method == NotificationMethods.ResourceUpdatedNotification, "its own worker");
        int before = box.All.Count;
        for (int i = 0; i < 3; i++)
        {
            await server.Manager.ExecuteAsync(await server.SpawnAsync(), "said", cancellationToken: TestContext.Current.CancellationToken);
        }

        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{own}}","prompt":"said"}""");
        await ToolCalls.UntilAsync(() => box.All.Count > before, "news of its own run");

        Assert.DoesNotContain(box.All.Skip(before), one => one.Method == NotificationMethods.ResourceListChangedNotification);
        Assert.Equal(
            ["mcpworkers://workers", $"mcpworkers://workers/{own}"],
            (await client.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken)).Select(resource => resource.Uri));
        foreach (string uri in (string[])[$"mcpworkers://workers/{others}", $"mcpworkers://runs/{parent}", $"mcpworkers://runs/{parent}/log"])
        {
            await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("resources/read", $$"""{"uri":"{{uri}}"}"""));
            await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("resources/subscribe", $$"""{"uri":"{{uri}}"}"""));
        }

        var completed = await client.SendAsync(
            "completion/complete", """{"ref":{"type":"ref/prompt","name":"investigate"},"argument":{"name":"worker_id","value":""}}""");
        Assert.Equal($$"""["{{own}}"]""", completed["completion"]!["values"]!.ToJsonString());
    }

    [Fact]
    public async Task A_task_is_found_again_by_its_own_kind_of_caller_alone()
    {
        await using var server = new EchoServer();
        string worker = await server.SpawnAsync();
        var client = await server.ConnectAsync(tasks: true);
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""")).TextOf("taskId");
        string parent = server.Manager.List()[0].RunId!;
        await using var inner = new PipedServer(server.Manager.As(new() { Kind = "mcp", ParentRun = parent }), TextWriter.Null);
        var stranger = await inner.ConnectAsync(EchoServer.Modern, tasks: true);

        foreach (string method in (string[])["tasks/get", "tasks/cancel", "tasks/update"])
        {
            var error = await Assert.ThrowsAsync<McpProtocolException>(() => stranger.SendAsync(method, $$"""{"taskId":"{{taskId}}"}"""));
            Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
        }

        Assert.Equal("working", (await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""")).TextOf("status"));
    }
}
