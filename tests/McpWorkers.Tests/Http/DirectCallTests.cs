using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Tests.Mcp;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>Calls of revision 2026-07-28 that are answered without a server of their own: nobody may notice.</summary>
public sealed class DirectCallTests
{
    // What makes the endpoint take a server.
    private const string Log = ""","io.modelcontextprotocol/logLevel":"error" """;

    [Theory(Timeout = 60_000)]
    [InlineData("worker_monitor", "{}")]
    [InlineData("worker_spawn", """{"count":"two"}""")]
    [InlineData("worker_execute", "{}")]
    [InlineData("worker_execute", """{"worker_id":"term_nobody","prompt":"hi","timeout":1}""")]
    [InlineData("worker_execute", """{"worker_id":"term_nobody","prompt":"hi"}""")]
    [InlineData("worker_execute", """{"worker_id":"term_nobody","prompt":"\ud800"}""")]
    [InlineData("worker_execute_batch", """{"worker_ids":["a"],"prompts":["x\udc00"]}""")]
    [InlineData("worker_execute_batch", """{"worker_ids":["a"],"prompts":"x"}""")]
    [InlineData("worker_execute", """{"worker_id":"term_one","worker_id":"term_two","prompt":"hi"}""")]
    [InlineData("worker_monitor", """{"worker_ids":[],"worker_ids":["term_two"]}""")]
    public async Task The_answer_is_the_servers(string tool, string arguments)
    {
        await using var door = await OpenDoor.StartAsync();
        await door.Server.SpawnAsync();

        var direct = await CallAsync(door, tool, arguments);
        var served = await CallAsync(door, tool, arguments, Log);

        Assert.True(JsonNode.DeepEquals(served, direct), $"{served}\n{direct}");
        Assert.Equal("", door.Log.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_name_that_is_no_text_is_refused_as_such()
    {
        await using var door = await OpenDoor.StartAsync();

        var answer = await CallAsync(door, "worker_monitor", """{"\ud800":1}""");

        Assert.Equal(-32602, answer["error"]!["code"]!.GetValue<int>());
        Assert.Contains("surrogate", answer["error"]!.TextOf("message"), StringComparison.Ordinal);
        Assert.Equal("", door.Log.ToString());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("7", "")]
    [InlineData("\"seven\"", "")]
    [InlineData("7", Log)]
    public async Task Progress_is_told_before_the_answer(string token, string meta)
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();
        using var request = Request("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold\nended"}""", $""","progressToken":{token}{meta}""");
        using var answer = await door.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var told = new List<JsonNode>();

        JsonNode? message;
        while ((message = await NextAsync(reader))?["method"] is not null)
        {
            told.Add(message);
            if (message["params"]!.TextOf("message").Contains("begun", StringComparison.Ordinal))
            {
                door.Server.Launcher.Release();
            }
        }

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.All(told, notice => Assert.Equal(["jsonrpc", "method", "params"], notice.AsObject().Select(field => field.Key).Order()));
        Assert.All(told, notice => Assert.Equal("notifications/progress", notice.TextOf("method")));
        Assert.All(told, notice => Assert.Equal(token, notice["params"]!["progressToken"]!.ToJsonString()));
        Assert.Equal(Enumerable.Range(1, told.Count), told.Select(notice => notice["params"]!["progress"]!.GetValue<int>()));
        Assert.Equal("begun\nended", message!["result"]!["structuredContent"]!.TextOf("output"));
        Assert.Equal("complete", message["result"]!.TextOf("resultType"));
        Assert.Null(await NextAsync(reader));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_long_call_says_that_it_is_still_there()
    {
        await using var door = await OpenDoor.StartAsync(options: new() { Heartbeat = TimeSpan.FromMilliseconds(500) });
        string worker = await door.Server.SpawnAsync();
        using var request = Request("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold\nended"}""", "");

        using var answer = await door.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        foreach (string expected in (string[])[": still here", "", ": still here"])
        {
            Assert.Equal(expected, await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        door.Server.Launcher.Release();
        Assert.Equal("ended", (await NextAsync(reader))!["result"]!["structuredContent"]!.TextOf("output"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_goes_leaves_the_run_going()
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();
        using var request = Request("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold\nended"}""", "");
        using var gone = new CancellationTokenSource();
        var call = door.Client.SendAsync(request, gone.Token);
        await ToolCalls.UntilAsync(() => door.Server.Manager.List()[0].Activity == "begun", "the run says its first line");

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(WorkerStatus.Running, door.Server.Manager.List()[0].Status);
        door.Server.Launcher.Release();
        await ToolCalls.UntilAsync(() => door.Server.Manager.List()[0].Status == WorkerStatus.Completed, "the run ends by itself");
        Assert.Equal("", door.Log.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_ends_with_its_token_and_its_run_goes_on()
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();
        using var client = door.NewClient(await door.AddTokenAsync("short", TokenScope.Operate));
        using var request = Request("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold\nended"}""", ""","progressToken":7""");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await door.Server.Manager.Tokens.RemoveAsync("short");

        string told = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Contains("notifications/progress", told, StringComparison.Ordinal);
        Assert.DoesNotContain("\"result\"", told, StringComparison.Ordinal);
        Assert.Equal(WorkerStatus.Running, door.Server.Manager.List()[0].Status);
        Assert.Equal("", door.Log.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_knows_tasks_gets_one()
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();

        var created = await CallAsync(
            door, "worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""", "", """{"extensions":{"io.modelcontextprotocol/tasks":{}}}""");

        Assert.Equal("task", created["result"]!.TextOf("resultType"));
        Assert.Equal("working", created["result"]!.TextOf("status"));
    }

    private static async Task<JsonNode> CallAsync(OpenDoor door, string tool, string arguments, string meta = "", string capabilities = "{}")
    {
        using var request = Request(tool, arguments, meta, capabilities);
        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(200, (int)answer.StatusCode);
        return (await OpenDoor.BodyAsync(answer))!;
    }

    private static HttpRequestMessage Request(string tool, string arguments, string meta, string capabilities = "{}")
    {
        string body = $$$$"""
            {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{{{{arguments}}}},"_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{{{capabilities}}}}{{{{meta}}}}}}}
            """;
        var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = OpenDoor.Json(body) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", "tools/call");
        request.Headers.Add("Mcp-Name", tool);
        return request;
    }

    /// <summary>The next message of the stream; null at its end.</summary>
    private static async Task<JsonNode?> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonNode.Parse(line["data: ".Length..]);
            }
        }

        return null;
    }
}
