using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class ToolListTests
{
    private static readonly JsonSerializerOptions Indented = new(McpJsonUtilities.DefaultOptions)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_tools_are_as_recorded()
    {
        await using var server = new EchoServer();
        var tools = ToolsOf(server).Select(tool => JsonSerializer.SerializeToNode(tool, Indented)).ToArray();
        Snapshot.Check("mcp-tools.json", new JsonArray(tools).ToJsonString(Indented) + "\n");
    }

    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Ten_tools_are_listed_in_both_eras(string protocolVersion)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);

        var tools = await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(protocolVersion, client.NegotiatedProtocolVersion);
        Assert.Equal(
            [
                "worker_cancel", "worker_close", "worker_close_all", "worker_collect_results", "worker_execute", "worker_execute_batch", "worker_health",
                "worker_list", "worker_monitor", "worker_spawn",
            ],
            tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.Equal(McpServerFactory.Instructions, client.ServerInstructions);
        Assert.Equal("mcpworkers", client.ServerInfo?.Name);
    }

    [Fact]
    public async Task The_list_without_output_schemas_costs_a_model_few_tokens()
    {
        await using var server = new EchoServer();
        var brief = ToolsOf(server).Select(tool => (JsonNode)new JsonObject
        {
            ["name"] = tool.Name,
            ["title"] = tool.Title!,
            ["description"] = tool.Description,
            ["inputSchema"] = JsonNode.Parse(tool.InputSchema.GetRawText())!,
        });

        int tokens = JsonSerializer.Serialize(new JsonArray([.. brief]), McpJsonUtilities.DefaultOptions).Length / 4;

        Assert.InRange(tokens, 1, 4500);
    }

    [Fact]
    public void The_instructions_are_short() => Assert.InRange(McpServerFactory.Instructions.Length / 4, 1, 299);

    [Fact]
    public async Task Annotations_say_what_a_tool_may_do()
    {
        await using var server = new EchoServer();
        var tools = ToolsOf(server).ToDictionary(tool => tool.Name, tool => tool.Annotations!);

        Assert.All(["worker_list", "worker_monitor", "worker_collect_results", "worker_health"], name => Assert.True(tools[name].ReadOnlyHint));
        Assert.All(["worker_spawn", "worker_execute", "worker_execute_batch", "worker_cancel", "worker_close", "worker_close_all"], name => Assert.False(tools[name].ReadOnlyHint));
        Assert.All(["worker_cancel", "worker_close", "worker_close_all"], name => Assert.True(tools[name].DestructiveHint));
        Assert.All(["worker_cancel", "worker_close", "worker_close_all"], name => Assert.True(tools[name].IdempotentHint));
        Assert.All(["task_list", "task_log", "task_show", "task_wait", "queue_status", "schedule_list", "request_list", "request_show"], name => Assert.True(tools[name].ReadOnlyHint));
        Assert.All(["task_cancel", "queue_control", "schedule_control"], name => Assert.True(tools[name].DestructiveHint));
        Assert.Equal(
            ["request_answer", "schedule_add", "schedule_control", "task_add", "task_edit", "task_retry", "worker_execute", "worker_execute_batch"],
            tools.Where(tool => tool.Value.OpenWorldHint == true).Select(tool => tool.Key).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<Tool> ToolsOf(EchoServer server) =>
        new ToolCatalog(server.Manager, TextWriter.Null, TimeProvider.System).All
            .Select(tool => tool.ProtocolTool).OrderBy(tool => tool.Name, StringComparer.Ordinal);
}
