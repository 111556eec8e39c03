using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Workspaces;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Workspaces;

/// <summary>The set <c>workspaces</c> over MCP, with real git; what the agents would write is written by the tests.</summary>
public sealed class WorkspaceToolsTests : IDisposable
{
    private const int TestLimit = 120_000;

    private readonly GitScene _scene = new();

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task What_workers_changed_is_looked_at_merged_discarded_and_had_back(string protocolVersion)
    {
        string repository = await _scene.MakeRepository();
        await using var server = new EchoServer(toolSets: ToolSetNames.All);
        var client = await server.ConnectAsync(protocolVersion);
        string[] ids = await SpawnAsync(client, repository, 2);
        await WriteAsync(client, ids[0], "readme.txt", "one\n");
        await WriteAsync(client, ids[1], "readme.txt", "two\n");

        var listed = (await client.CallAsync("workspace_list", """{"forecast":true}""")).JsonOf().AsArray();
        string diff = await ReadAsync(client, listed[1]!.TextOf("diff_resource"));
        var changes = JsonNode.Parse(await ReadAsync(client, $"mcpworkers://workers/{ids[0]}/changes"))!;
        var merged = (await client.CallAsync("workspace_merge", """{"all":true}""")).JsonOf().AsArray();

        Assert.Equal(ids, listed.Select(each => each!.TextOf("worker_id")));
        Assert.Equal("""["readme.txt"]""", listed[0]!["changes"]!["files"]!.ToJsonString());
        Assert.Contains(listed[0]!["forecast"]!["collisions"]!.AsArray(), each => each!.TextOf("with") == ids[1]);
        Assert.Contains("-A project.\n+two\n", diff, StringComparison.Ordinal);
        Assert.Equal($"mcpworkers/{ids[0]}", changes.TextOf("branch"));
        Assert.Equal(1, changes["file_count"]!.GetValue<int>());
        Assert.Equal(["merged", "conflict"], merged.Select(each => each!.TextOf("status")));
        Assert.Equal("""["readme.txt"]""", merged[1]!["files"]!.ToJsonString());
        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(repository, "readme.txt"), TestContext.Current.CancellationToken));

        var early = await client.CallAsync("workspace_discard", $$"""{"worker_id":"{{ids[1]}}"}""");
        await client.CallAsync("worker_close", $$"""{"worker_id":"{{ids[1]}}"}""");
        var discarded = (await client.CallAsync("workspace_discard", $$"""{"worker_id":"{{ids[1]}}"}""")).JsonOf();
        string trashId = discarded.TextOf("trash_id");
        var trash = (await client.CallAsync("workspace_trash", """{"action":"list"}""")).JsonOf()["entries"]!.AsArray();
        var shown = (await client.CallAsync("workspace_trash", $$"""{"action":"show","trash_ids":["{{trashId}}"]}""")).JsonOf();
        var restored = (await client.CallAsync("workspace_trash", $$"""{"action":"restore","trash_ids":["{{trashId}}"]}""")).JsonOf()["workspace"]!;
        string again = await ReadAsync(client, $"mcpworkers://workers/{ids[1]}/diff");
        var emptied = (await client.CallAsync("workspace_trash", """{"action":"empty","all":true}""")).JsonOf();

        Assert.True(early.IsError);
        Assert.Contains("Close it first", early.TextOf(), StringComparison.Ordinal);
        Assert.Equal([trashId], trash.Select(each => each!.TextOf("trash_id")));
        Assert.Contains(shown["files"]!.AsArray(), file => file!.TextOf("path") == "readme.txt");
        Assert.Null(shown["next_cursor"]);
        Assert.Equal((ids[1], false), (restored.TextOf("worker_id"), restored["has_worker"]!.GetValue<bool>()));
        Assert.Equal(diff, again);
        Assert.Equal(1, emptied["deleted"]!.GetValue<int>());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_long_patch_is_read_page_by_page_and_is_whole()
    {
        string repository = await _scene.MakeRepository();
        await using var server = new EchoServer(settings => settings with { OutputInlineMax = 4096 }, toolSets: ToolSetNames.All);
        var client = await server.ConnectAsync();
        string id = (await SpawnAsync(client, repository, 1))[0];
        await WriteAsync(client, id, "long.txt", string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i} é€👩\n")));

        var pages = new List<string>();
        for (string? uri = $"mcpworkers://workers/{id}/diff"; uri is not null;)
        {
            var page = Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken)).Contents));
            pages.Add(page.Text);
            uri = page.Meta!["next_uri"]?.GetValue<string>();
        }

        string whole = await ReadAsync(client, $"mcpworkers://workers/{id}/diff?bytes=4194304");
        Assert.InRange(pages.Count, 10, 100);
        Assert.Equal(whole, string.Concat(pages));
        Assert.EndsWith("+2999 é€👩\n", whole, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("workspace_list", """{"worker_ids":["term_nobody"]}""")]
    [InlineData("workspace_merge", """{"worker_ids":["term_nobody"]}""")]
    [InlineData("workspace_discard", """{"worker_id":"term_nobody"}""")]
    [InlineData("workspace_trash", """{"action":"show","trash_ids":["term_nobody"]}""")]
    [InlineData("workspace_trash", """{"action":"restore","trash_ids":["term_nobody"]}""")]
    [InlineData("workspace_trash", """{"action":"empty","trash_ids":["term_nobody"]}""")]
    public async Task What_is_not_there_is_refused_by_name(string tool, string arguments)
    {
        await using var server = new EchoServer(toolSets: ToolSetNames.All);
        var client = await server.ConnectAsync();

        var refused = await client.CallAsync(tool, arguments);

        Assert.True(refused.IsError);
        Assert.StartsWith(tool + ": ", refused.TextOf(), StringComparison.Ordinal);
        Assert.Contains("'term_nobody'", refused.TextOf(), StringComparison.Ordinal);
        Assert.Equal("", server.Log.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_worktree_needs_a_repository()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var refused = await client.CallAsync("worker_spawn", $$"""{"workspace":"worktree","working_directory":"{{_scene.Home}}"}""");

        Assert.True(refused.IsError);
        Assert.Empty(server.Manager.List());
    }

    public void Dispose() => _scene.Dispose();

    private static async Task<string[]> SpawnAsync(McpClient client, string repository, int count)
    {
        // One after the other: those of one call are made at once, and which is the older is not told.
        var ids = new List<string>();
        for (int i = 0; i < count; i++)
        {
            var spawned = await client.CallAsync("worker_spawn", $$"""{"workspace":"worktree","working_directory":"{{repository}}"}""");
            ids.Add(Assert.Single(spawned.JsonOf().AsArray())!.GetValue<string>());
        }

        return [.. ids];
    }

    /// <summary>Writes as an agent would, and lets a run end, so that it is committed.</summary>
    private static async Task WriteAsync(McpClient client, string id, string file, string text)
    {
        var listed = (await client.CallAsync("workspace_list", $$"""{"worker_ids":["{{id}}"]}""")).JsonOf().AsArray();
        await File.WriteAllTextAsync(Path.Combine(listed[0]!.TextOf("path"), file), text);
        var result = (await client.CallAsync("worker_execute", $$"""{"worker_id":"{{id}}","prompt":"said"}""")).JsonOf();
        Assert.Equal("completed", result.TextOf("status"));
    }

    private static async Task<string> ReadAsync(McpClient client, string uri) => Assert.IsType<TextResourceContents>(
        Assert.Single((await client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken)).Contents)).Text;
}
