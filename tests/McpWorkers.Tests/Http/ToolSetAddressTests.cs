using System.Net;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary><c>/mcp?tools=…</c>: which tool sets a request, or the session that it opens, gets.</summary>
public sealed class ToolSetAddressTests
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    [Fact(Timeout = 60_000)]
    public async Task The_address_chooses_the_tool_sets_of_one_request()
    {
        await using var door = await OpenDoor.StartAsync();

        var usual = await ListAsync(door, "/mcp");
        var workspaces = await ListAsync(door, "/mcp?tools=workspaces");
        var both = await ListAsync(door, "/mcp?tools=workers,workspaces");
        var refused = await CallAsync(door, "workspace_merge", "");

        Assert.Equal((10, 4, 14), (usual.Length, workspaces.Length, both.Length));
        Assert.All(workspaces, name => Assert.StartsWith("workspace_", name, StringComparison.Ordinal));
        Assert.Contains("It belongs to the tool set 'workspaces'", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_keeps_the_tool_sets_with_which_it_was_opened()
    {
        await using var door = await OpenDoor.StartAsync();
        using var opened = await PostAsync(door.Client, "/mcp?tools=workspaces", Initialize);
        string id = opened.Headers.GetValues("Mcp-Session-Id").Single();
        const string List = """{"jsonrpc":"2.0","id":3,"method":"tools/list"}""";
        const string Call = """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"worker_list","arguments":{}}}""";

        using var same = await PostAsync(door.Client, "/mcp", List, ("Mcp-Session-Id", id));
        using var other = await PostAsync(door.Client, "/mcp?tools=workers", Call, ("Mcp-Session-Id", id));

        string listed = await same.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("workspace_merge", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("worker_spawn", listed, StringComparison.Ordinal);
        Assert.Contains("It belongs to the tool set", await other.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/mcp?tools=wrokers", "tool set 'wrokers' is not known. Known: workers, workspaces, tasks, requests.")]
    [InlineData("/mcp?tools=", "empty name")]
    [InlineData("/mcp?tools=workers&tools=all", "'all' is not known")]
    public async Task A_tool_set_that_is_none_is_refused_by_name(string address, string reason)
    {
        await using var door = await OpenDoor.StartAsync();

        using var answer = await PostAsync(door.Client, address, Initialize);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, (await OpenDoor.BodyAsync(answer))!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, door.Door.Sessions);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("workspace_list", """{"into":"main"}""", 200)]
    [InlineData("workspace_merge", "{}", 403)]
    [InlineData("workspace_discard", """{"worker_id":"a"}""", 403)]
    [InlineData("workspace_trash", """{"action":"list"}""", 403)]
    public async Task A_chosen_set_is_within_the_tokens_scope(string tool, string arguments, int status)
    {
        await using var door = await OpenDoor.StartAsync();
        using var reader = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));
        using var opened = await PostAsync(reader, "/mcp?tools=workers,workspaces", Initialize);
        string id = opened.Headers.GetValues("Mcp-Session-Id").Single();

        using var answer = await PostAsync(
            reader, "/mcp", $$$"""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""", ("Mcp-Session-Id", id));

        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static async Task<string[]> ListAsync(OpenDoor door, string address)
    {
        const string Body =
            """
            {"jsonrpc":"2.0","id":6,"method":"tools/list","params":{"_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}
            """;
        using var answer = await PostAsync(door.Client, address, Body, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/list"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return [.. (await OpenDoor.BodyAsync(answer))!["result"]!["tools"]!.AsArray().Select(tool => tool!["name"]!.GetValue<string>())];
    }

    private static async Task<JsonNode> CallAsync(OpenDoor door, string tool, string meta)
    {
        string body = $$$$"""
            {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{},"_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}{{{{meta}}}}}}}
            """;
        using var answer = await PostAsync(door.Client, body, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        return (await OpenDoor.BodyAsync(answer))!;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string body, params (string Name, string Value)[] headers) =>
        PostAsync(client, "/mcp", body, headers);

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string address, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = OpenDoor.Json(body) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        return SendAsync(client, request, headers);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        using (request)
        {
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            return await client.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
