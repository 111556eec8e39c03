using System.Net;
using System.Text;
using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>What goes wrong at the MCP endpoint, and sessions; what goes right is told by the conformance suites.</summary>
public sealed class McpEndpointTests
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private const string Ping = """{"jsonrpc":"2.0","id":2,"method":"ping"}""";

    [Theory(Timeout = 60_000)]
    [InlineData("{", 400, -32700)]
    [InlineData("", 400, -32700)]
    [InlineData("[]", 400, -32600)]
    [InlineData("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", 400, -32600)]
    [InlineData("7", 400, -32600)]
    [InlineData("null", 400, -32600)]
    [InlineData("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", 400, -32600)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", 400, -32600)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} x", 400, -32700)]
    [InlineData(Ping, 400, -32000)]
    public async Task What_is_no_message_is_refused_by_name(string body, int status, int code)
    {
        await using var door = await OpenDoor.StartAsync();

        using var answer = await PostAsync(door.Client, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, (await OpenDoor.BodyAsync(answer))!["error"]!["code"]!.GetValue<int>());
        Assert.Equal("", door.Log.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task Deeply_nested_json_is_refused_like_any_other_nonsense()
    {
        await using var door = await OpenDoor.StartAsync();

        using var answer = await PostAsync(door.Client, $$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{{string.Concat(Enumerable.Repeat("{\"a\":", 2000))}}1{{new string('}', 2001)}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("application/json, text/event-stream", "text/plain", 415)]
    [InlineData("application/json, text/event-stream", "application/x-www-form-urlencoded", 415)]
    [InlineData("application/json, text/event-stream", "application/jsonx", 415)]
    [InlineData("application/json", "application/json", 406)]
    [InlineData("text/event-stream", "application/json", 406)]
    [InlineData("*/*", "application/json; charset=utf-8", 200)]
    public async Task Types_of_content_are_what_the_protocol_wants(string accept, string contentType, int status)
    {
        await using var door = await OpenDoor.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(Initialize, Encoding.UTF8) };
        request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(contentType);
        request.Headers.Accept.ParseAdd(accept);

        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_is_too_long_is_refused()
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { RequestBytesMax = 100_000 });

        using var answer = await PostAsync(door.Client, new string(' ', 100_001));
        using var rest = await door.PostAsync("/api/v1/workers", new string(' ', 100_001));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, rest.StatusCode);
        Assert.Contains("request_bytes_max", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unknown_revision_is_answered_with_those_that_are_known()
    {
        await using var door = await OpenDoor.StartAsync();

        using var answer = await PostAsync(door.Client, Ping, ("MCP-Protocol-Version", "1999-01-01"));

        var error = (await OpenDoor.BodyAsync(answer))!["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(-32022, error["code"]!.GetValue<int>());
        Assert.Equal("""["2026-07-28"]""", error["data"]!["supported"]!.ToJsonString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_is_found_only_by_the_token_that_opened_it()
    {
        await using var door = await OpenDoor.StartAsync();
        using var thief = door.NewClient(await door.AddTokenAsync("thief", TokenScope.Admin));
        string id = await OpenAsync(door.Client);

        using var stolen = await PostAsync(thief, Ping, ("Mcp-Session-Id", id));
        using var removed = await SendAsync(thief, HttpMethod.Delete, id);
        using var own = await PostAsync(door.Client, Ping, ("Mcp-Session-Id", id));

        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal(HttpStatusCode.NotFound, stolen.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, removed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_that_was_closed_is_gone()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await OpenAsync(door.Client);

        using var closed = await SendAsync(door.Client, HttpMethod.Delete, id);
        using var after = await PostAsync(door.Client, Ping, ("Mcp-Session-Id", id));

        Assert.Equal(HttpStatusCode.OK, closed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
        Assert.Equal(0, door.Door.Sessions);
    }

    [Fact(Timeout = 60_000)]
    public async Task Sessions_are_bounded_in_number()
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { SessionsMax = 2 });
        string first = await OpenAsync(door.Client);
        await OpenAsync(door.Client);

        using var third = await PostAsync(door.Client, Initialize);
        using var closed = await SendAsync(door.Client, HttpMethod.Delete, first);
        string again = await OpenAsync(door.Client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
        Assert.NotNull(third.Headers.RetryAfter);
        Assert.Contains("sessions_max", await third.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEqual(first, again);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_event_that_is_not_kept_is_said_to_be_so()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await OpenAsync(door.Client);

        using var answer = await SendAsync(door.Client, HttpMethod.Get, id, ("Last-Event-ID", "0123456789ab.7"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Last-Event-ID", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string> OpenAsync(HttpClient client)
    {
        using var opened = await PostAsync(client, Initialize);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        return opened.Headers.GetValues("Mcp-Session-Id").Single();
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = OpenDoor.Json(body) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        return SendAsync(client, request, headers);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string session, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, "/mcp");
        request.Headers.Accept.ParseAdd("text/event-stream");
        return SendAsync(client, request, [.. headers, ("Mcp-Session-Id", session)]);
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
