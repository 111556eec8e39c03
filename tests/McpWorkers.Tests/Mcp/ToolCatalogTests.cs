using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

/// <summary>The tools for doors that are no MCP servers.</summary>
public sealed class ToolCatalogTests
{
    private static readonly Caller Http = new() { Kind = "http" };

    [Fact]
    public async Task Tools_answer_by_name_as_they_do_over_mcp()
    {
        await using var server = new EchoServer();
        var catalog = new ToolCatalog(server.Manager, server.Log, TimeProvider.System);
        Assert.Equal(30, catalog.All.Count);
        Assert.All(catalog.All, tool => Assert.Same(tool, catalog.Find(tool.ProtocolTool.Name)));
        Assert.Null(catalog.Find("worker_dance"));

        var spawned = await CallAsync(catalog, "worker_spawn", """{"count":2}""");
        string[] ids = [.. spawned.JsonOf().AsArray().Select(id => id!.GetValue<string>())];
        var executed = await CallAsync(catalog, "worker_execute", $$"""{"worker_id":"{{ids[0]}}","prompt":"said"}""");
        Assert.Equal("said", executed.JsonOf().TextOf("output"));
        var batch = await CallAsync(catalog, "worker_execute_batch", $$"""{"worker_ids":["{{ids[1]}}","term_nobody"],"prompts":["one","two"]}""");
        Assert.Equal(["completed", "failed"], batch.JsonOf().AsArray().Select(item => item!.TextOf("status")));
        Assert.Equal(2, (await catalog.CallAsync("worker_list", null, Http, TestContext.Current.CancellationToken)).JsonOf().AsArray().Count);
    }

    [Fact]
    public async Task What_is_refused_is_an_error_result_and_an_unknown_tool_a_refusal()
    {
        await using var server = new EchoServer();
        var catalog = new ToolCatalog(server.Manager, server.Log, TimeProvider.System);

        var refused = await CallAsync(catalog, "worker_spawn", """{"count":null,"cuont":2}""");

        Assert.True(refused.IsError);
        Assert.Contains("'cuont' is not known", refused.TextOf(), StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<RefusedException>(() => CallAsync(catalog, "worker_dance", "{}"));
        Assert.Equal(RefusalCode.NotFound, unknown.Code);
        Assert.Contains("worker_dance", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("worker_spawn", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_call_leaves_the_run_going()
    {
        await using var server = new EchoServer();
        var catalog = new ToolCatalog(server.Manager, server.Log, TimeProvider.System);
        string worker = await server.SpawnAsync();
        using var cancel = new CancellationTokenSource();
        var call = catalog.CallAsync("worker_execute", new JsonObject { ["worker_id"] = worker, ["prompt"] = "begun\n!hold\nended" }, Http, cancel.Token);
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].Activity == "begun", "the run says its first line");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        server.Launcher.Release();
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].Status == WorkerStatus.Completed, "the run ends by itself");
    }

    private static Task<CallToolResult> CallAsync(ToolCatalog catalog, string tool, string arguments) =>
        catalog.CallAsync(tool, JsonNode.Parse(arguments)!.AsObject(), Http, TestContext.Current.CancellationToken);
}
