using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using Xunit;

namespace McpWorkers.Tests.Mcp.Tasks;

public sealed class TaskMethodsTests
{
    [Fact]
    public async Task A_call_becomes_a_task_that_is_completed_with_the_tools_own_result()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();

        var created = await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold\nended"}""");

        Assert.Equal("task", created.TextOf("resultType"));
        Assert.Equal("working", created.TextOf("status"));
        Assert.Matches("^[0-9a-f]{32}$", created.TextOf("taskId"));
        Assert.Equal(TimeSpan.FromDays(30).TotalMilliseconds, created["ttlMs"]!.GetValue<double>());
        Assert.InRange(created["pollIntervalMs"]!.GetValue<int>(), 100, 10_000);
        Assert.Equal(created.TextOf("createdAt"), created.TextOf("lastUpdatedAt"));

        var working = await GetAsync(client, created);
        Assert.Equal("complete", working.TextOf("resultType"));
        Assert.Equal("working", working.TextOf("status"));
        Assert.Null(working["result"]);

        server.Launcher.Release();
        var completed = await UntilOverAsync(client, created);
        Assert.Equal("completed", completed.TextOf("status"));
        Assert.Equal(created.TextOf("createdAt"), completed.TextOf("createdAt"));
        var collected = (await client.CallAsync("worker_collect_results", "{}")).JsonOf()[worker]!;
        Assert.True(JsonNode.DeepEquals(collected, completed["result"]!["structuredContent"]), completed.ToJsonString());
        Assert.Equal("begun\nended", collected.TextOf("output"));
    }

    [Fact]
    public async Task A_batch_with_failed_and_unknown_items_is_a_completed_task()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();

        var created = await client.SendCallAsync(
            "worker_execute_batch", $$"""{"worker_ids":["{{worker}}","term_nobody","{{worker}}"],"prompts":["one","two","!exit 3"]}""");

        var completed = await UntilOverAsync(client, created);
        Assert.Equal("completed", completed.TextOf("status"));
        var items = completed["result"]!["structuredContent"]!["result"]!.AsArray();
        Assert.Equal([worker, "term_nobody", worker], items.Select(item => item!.TextOf("worker_id")));
        Assert.Equal(["completed", "failed", "failed"], items.Select(item => item!.TextOf("status")));
        Assert.Equal("one", items[0]!.TextOf("output"));
    }

    [Fact]
    public async Task Cancelling_stops_the_runs_and_may_be_repeated()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string first = await server.SpawnAsync();
        string second = await server.SpawnAsync();
        var created = await client.SendCallAsync("worker_execute_batch", $$"""{"worker_ids":["{{first}}","{{second}}"],"prompts":["quick","!hold"]}""");
        await ToolCalls.UntilAsync(() => server.Manager.List()[1].Status == WorkerStatus.Running && server.Manager.List()[0].RunsDone == 1, "one is done, one runs");

        var acknowledged = await client.SendAsync("tasks/cancel", IdOf(created));
        var cancelled = await UntilOverAsync(client, created);
        await client.SendAsync("tasks/cancel", IdOf(created));

        Assert.Equal(["resultType"], acknowledged.Select(field => field.Key).Where(name => name != "_meta"));
        Assert.Equal("complete", acknowledged.TextOf("resultType"));
        Assert.Equal("cancelled", cancelled.TextOf("status"));
        Assert.Null(cancelled["result"]);
        Assert.Equal("cancelled", (await GetAsync(client, created)).TextOf("status"));
        Assert.Equal(WorkerStatus.Cancelled, server.Manager.List()[1].Status);
    }

    [Fact]
    public async Task A_completed_task_stays_completed_when_it_is_cancelled()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        var created = await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"quick"}""");
        await UntilOverAsync(client, created);

        await client.SendAsync("tasks/cancel", IdOf(created));

        Assert.Equal("completed", (await GetAsync(client, created)).TextOf("status"));
    }

    [Fact]
    public async Task A_run_that_somebody_else_stopped_is_a_result()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        var created = await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold"}""");
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].Activity == "begun", "the run says its first line");

        await client.CallAsync("worker_cancel", $$"""{"worker_id":"{{worker}}"}""");

        var over = await UntilOverAsync(client, created);
        Assert.Equal("completed", over.TextOf("status"));
        Assert.Equal("cancelled", over["result"]!["structuredContent"]!.TextOf("status"));
        Assert.Equal("begun", over["result"]!["structuredContent"]!.TextOf("output"));
    }

    [Fact]
    public async Task An_update_is_acknowledged_and_changes_nothing()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        var created = await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""");

        var acknowledged = await client.SendAsync("tasks/update", $$$$"""{"taskId":"{{{{created.TextOf("taskId")}}}}","inputResponses":{"q":{"action":"accept"}}}""");

        Assert.Equal("complete", acknowledged.TextOf("resultType"));
        Assert.Equal("working", (await GetAsync(client, created)).TextOf("status"));
    }

    [Fact]
    public async Task What_is_refused_becomes_no_task()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);

        var refused = await client.SendCallAsync("worker_execute", """{"worker_id":"term_nobody","prompt":"hi"}""");

        Assert.True(refused["isError"]!.GetValue<bool>());
        Assert.Contains("worker_execute: worker_id: ", refused["content"]![0]!.TextOf("text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_tools_answer_as_ever()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);

        var spawned = await client.SendCallAsync("worker_spawn", "{}");

        Assert.Null(spawned["taskId"]);
        Assert.Single(spawned["structuredContent"]!["result"]!.AsArray());
    }

    [Theory]
    [InlineData("tasks/get")]
    [InlineData("tasks/cancel")]
    [InlineData("tasks/update")]
    public async Task Unknown_tasks_missing_ids_and_missing_capabilities_have_their_own_errors(string method)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        var unknown = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync(method, """{"taskId":"00000000000000000000000000000000"}"""));
        Assert.Equal(McpErrorCode.InvalidParams, unknown.ErrorCode);
        var missing = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync(method, """{"taskId":7}"""));
        Assert.Equal(McpErrorCode.InvalidParams, missing.ErrorCode);

        await using var other = new EchoServer();
        var plain = await other.ConnectAsync();
        var incapable = await Assert.ThrowsAnyAsync<McpProtocolException>(() => plain.SendAsync(method, """{"taskId":"x"}"""));
        Assert.Equal(McpErrorCode.MissingRequiredClientCapability, incapable.ErrorCode);
    }

    [Fact]
    public async Task Sessions_of_earlier_revisions_know_no_tasks()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(EchoServer.Legacy, tasks: true);
        string worker = await server.SpawnAsync();

        var answer = await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"hi"}""");
        Assert.Equal("hi", answer["structuredContent"]!.TextOf("output"));
        var error = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("tasks/get", """{"taskId":"x"}"""));
        Assert.Equal(McpErrorCode.MethodNotFound, error.ErrorCode);
    }

    [Fact]
    public async Task The_extension_is_advertised()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        Assert.True(client.ServerCapabilities.Extensions!.ContainsKey("io.modelcontextprotocol/tasks"));
    }

    private static string IdOf(JsonObject task) => $$"""{"taskId":"{{task.TextOf("taskId")}}"}""";

    private static Task<JsonObject> GetAsync(McpClient client, JsonObject task) => client.SendAsync("tasks/get", IdOf(task));

    private static async Task<JsonObject> UntilOverAsync(McpClient client, JsonObject task)
    {
        JsonObject state = [];
        await ToolCalls.UntilAsync(async () => (state = await GetAsync(client, task)).TextOf("status") != "working", "the task is over");
        return state;
    }
}
