using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using Xunit;

namespace McpWorkers.Tests.Mcp;

/// <summary>Which tools a client is shown, and what it is told of the others.</summary>
public sealed class ToolSetTests
{
    private static readonly string[] WorkspaceTools = ["workspace_discard", "workspace_list", "workspace_merge", "workspace_trash"];

    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Only_the_chosen_sets_are_listed(string protocolVersion)
    {
        await using var server = new EchoServer(toolSets: ["workspaces"]);
        var client = await server.ConnectAsync(protocolVersion);

        Assert.Equal(WorkspaceTools, await NamesAsync(client));
    }

    [Fact]
    public async Task The_setting_decides_where_a_client_chooses_nothing()
    {
        await using var both = new EchoServer(settings => settings with { ToolSets = ToolSetNames.All });
        await using var chosen = new EchoServer(settings => settings with { ToolSets = ["workspaces"] }, toolSets: ["workers"]);

        Assert.Equal(30, (await NamesAsync(await both.ConnectAsync())).Length);
        Assert.DoesNotContain("workspace_list", await NamesAsync(await chosen.ConnectAsync()));
    }

    [Fact]
    public async Task A_command_line_has_all_sets()
    {
        await using var server = new EchoServer(caller: new Caller { Kind = "cli" });

        Assert.Equal(30, (await NamesAsync(await server.ConnectAsync())).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_of_another_set_is_unknown_and_its_caller_is_told_where_it_is(bool tasks)
    {
        await using var workers = new EchoServer();
        await using var workspaces = new EchoServer(toolSets: ["workspaces"]);

        var merge = await Assert.ThrowsAnyAsync<McpException>(async () => await (await workers.ConnectAsync(tasks: tasks)).CallAsync("workspace_merge", """{"all":true}"""));
        var execute = await Assert.ThrowsAnyAsync<McpException>(
            async () => await (await workspaces.ConnectAsync(tasks: tasks)).CallAsync("worker_execute", """{"worker_id":"a","prompt":"b"}"""));

        Assert.Contains("Unknown tool: 'workspace_merge'. It belongs to the tool set 'workspaces'", merge.Message, StringComparison.Ordinal);
        Assert.Contains("--tools workers,workspaces", merge.Message, StringComparison.Ordinal);
        Assert.Contains("Unknown tool: 'worker_execute'. It belongs to the tool set 'workers'", execute.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_nobody_has_is_told_with_those_there_are()
    {
        await using var server = new EchoServer();

        var dance = await Assert.ThrowsAnyAsync<McpException>(async () => await (await server.ConnectAsync()).CallAsync("worker_dance", "{}"));

        Assert.Contains("Unknown tool: 'worker_dance'. Known: worker_spawn, ", dance.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("workspace_", dance.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("task_", dance.Message, StringComparison.Ordinal);
    }

    /// <summary>In tokens of about four characters, without the output schemas, which models are not shown.</summary>
    [Theory]
    [InlineData("workers", 2200)]
    [InlineData("workspaces", 900)]
    [InlineData("tasks", 2200)]
    [InlineData("requests", 600)]
    public async Task Each_set_costs_a_model_few_tokens(string set, int tokensMax)
    {
        await using var server = new EchoServer();
        var tools = new ToolCatalog(server.Manager, TextWriter.Null, TimeProvider.System).Of([set]).Select(tool => (JsonNode)new JsonObject
        {
            ["name"] = tool.ProtocolTool.Name,
            ["title"] = tool.ProtocolTool.Title,
            ["description"] = tool.ProtocolTool.Description,
            ["inputSchema"] = JsonNode.Parse(tool.ProtocolTool.InputSchema.GetRawText()),
            ["annotations"] = JsonSerializer.SerializeToNode(tool.ProtocolTool.Annotations, McpJsonUtilities.DefaultOptions),
        }).ToArray();

        Assert.NotEmpty(tools);
        Assert.InRange(JsonSerializer.Serialize(new JsonArray(tools), McpJsonUtilities.DefaultOptions).Length / 4, 1, tokensMax);
    }

    [Fact]
    public async Task Every_tool_belongs_to_a_set_that_can_be_chosen()
    {
        await using var server = new EchoServer();
        var catalog = new ToolCatalog(server.Manager, TextWriter.Null, TimeProvider.System);

        Assert.Equal(catalog.All.Count, catalog.Of(ToolSetNames.All).Count());
        Assert.All(ToolSetNames.All, set => Assert.NotEmpty(catalog.Of([set])));
    }

    private static async Task<string[]> NamesAsync(McpClient client) =>
        [.. (await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Select(tool => tool.Name).Order(StringComparer.Ordinal)];
}
