using System.Net;
using System.Net.Http.Headers;
using System.Text;
using McpWorkers.Engine.Storage;
using McpWorkers.Http;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>Who gets in: Host, Origin, token, scope.</summary>
public sealed class GuardTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:7433", 200)]
    [InlineData("workers.example.org", 200)]
    [InlineData("evil.test", 403)]
    [InlineData("localhost.", 403)]
    [InlineData("localhost.evil.test", 403)]
    [InlineData("127.0.0.2", 403)]
    [InlineData("127.1", 403)]
    [InlineData("2130706433", 403)]
    [InlineData("0.0.0.0", 403)]
    [InlineData("[::]", 400)]
    [InlineData("[::ffff:127.0.0.1]", 403)]
    [InlineData("[fe80::1]", 403)]
    [InlineData("", 403)]
    public async Task Only_known_hosts_are_served(string host, int status)
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { AllowedHosts = ["workers.example.org"] });

        string answer = await RawHttp.SendAsync(door.Url, "GET /api/v1/workers", $"Host: {host}", $"Authorization: Bearer {door.Token}");

        Assert.Equal(status, RawHttp.StatusOf(answer));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("http://localhost:3000", 200)]
    [InlineData("https://127.0.0.1", 200)]
    [InlineData("http://[::1]:8080", 200)]
    [InlineData("https://app.example.org", 200)]
    [InlineData("http://app.example.org", 403)]
    [InlineData("https://app.example.org:8443", 403)]
    [InlineData("http://evil.test", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost.", 403)]
    [InlineData("http://localhost.evil.test", 403)]
    [InlineData("http://localhost@evil.test", 403)]
    [InlineData("http://evil.test@localhost", 403)]
    [InlineData("http://localhost/evil", 403)]
    [InlineData("http://[::ffff:127.0.0.1]", 403)]
    [InlineData("file://", 403)]
    [InlineData("", 403)]
    public async Task Only_known_origins_are_served(string origin, int status)
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { AllowedOrigins = ["https://app.example.org"] });

        string answer = await RawHttp.SendAsync(
            door.Url, "GET /api/v1/workers", "Host: localhost", $"Origin: {origin}", $"Authorization: Bearer {door.Token}");

        Assert.Equal(status, RawHttp.StatusOf(answer));
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_origins_are_none()
    {
        await using var door = await OpenDoor.StartAsync();

        string answer = await RawHttp.SendAsync(
            door.Url, "GET /api/v1/workers", "Host: localhost", "Origin: http://localhost", "Origin: http://evil.test", $"Authorization: Bearer {door.Token}");

        Assert.Equal(403, RawHttp.StatusOf(answer));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("https://app.example.org", true)]
    [InlineData("http://localhost:3000", false)]
    public async Task Only_pages_of_the_settings_may_read_answers(string origin, bool allowed)
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { AllowedOrigins = ["https://app.example.org"] });

        string question = await RawHttp.SendAsync(
            door.Url, "OPTIONS /mcp", "Host: localhost", $"Origin: {origin}", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization");
        string request = await RawHttp.SendAsync(
            door.Url, "GET /api/v1/workers", "Host: localhost", $"Origin: {origin}", $"Authorization: Bearer {door.Token}");

        Assert.Equal(204, RawHttp.StatusOf(question));
        Assert.Equal(allowed, question.Contains($"Access-Control-Allow-Origin: {origin}\r\n", StringComparison.Ordinal));
        Assert.Equal(allowed, question.Contains("Access-Control-Allow-Headers: authorization", StringComparison.Ordinal));
        Assert.Equal(allowed, request.Contains($"Access-Control-Allow-Origin: {origin}\r\n", StringComparison.Ordinal));
        Assert.DoesNotContain("Access-Control-Allow-Origin: *", question + request, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/mcp")]
    [InlineData("/api/v1/workers")]
    [InlineData("/api/v1/events")]
    [InlineData("/tools/call")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/nowhere")]
    public async Task Without_a_token_nothing_is_served(string path)
    {
        await using var door = await OpenDoor.StartAsync();
        using var client = door.NewClient(token: null);

        foreach (string address in (string[])[path, $"{path}?token={door.Token}", $"{path}?access_token={door.Token}"])
        {
            using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer ")]
    [InlineData("Bearer TOKENx")]
    [InlineData("Bearer TOKEN, Bearer TOKEN")]
    [InlineData("TOKEN")]
    [InlineData("Digest TOKEN")]
    public async Task A_wrong_token_is_refused(string authorization)
    {
        await using var door = await OpenDoor.StartAsync();

        string answer = await RawHttp.SendAsync(
            door.Url, "GET /api/v1/workers", "Host: localhost", $"Authorization: {authorization.Replace("TOKEN", door.Token, StringComparison.Ordinal)}");

        Assert.Equal(401, RawHttp.StatusOf(answer));
        Assert.Contains("""error="invalid_token""", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Health_needs_no_token_and_tells_nothing()
    {
        await using var door = await OpenDoor.StartAsync();
        using var client = door.NewClient(token: null);

        Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/health", TestContext.Current.CancellationToken));
        Assert.Equal("""{"status":"ready"}""", await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_revoked_token_is_worth_nothing_within_a_second()
    {
        await using var door = await OpenDoor.StartAsync();
        var cancelled = TestContext.Current.CancellationToken;
        using var client = door.NewClient(await door.AddTokenAsync("short", TokenScope.Read));
        using var before = await client.GetAsync("/api/v1/workers", cancelled);
        using var stream = await client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancelled);
        await using var events = await stream.Content.ReadAsStreamAsync(cancelled);

        await door.Server.Manager.Tokens.RemoveAsync("short");
        long revoked = TimeProvider.System.GetTimestamp();
        HttpStatusCode status;
        do
        {
            using var answer = await client.GetAsync("/api/v1/workers", cancelled);
            status = answer.StatusCode;
        }
        while (status == HttpStatusCode.OK && TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.InRange(TimeProvider.System.GetElapsedTime(revoked), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        // What it had opened ends too.
        await events.CopyToAsync(Stream.Null, cancelled).WaitAsync(TimeSpan.FromSeconds(5), cancelled);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_expired_token_is_worth_nothing()
    {
        await using var door = await OpenDoor.StartAsync();
        using var client = door.NewClient(await door.AddTokenAsync("old", TokenScope.Admin, TimeProvider.System.GetUtcNow().AddMinutes(-1)));

        using var answer = await client.GetAsync("/api/v1/workers", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("GET", "/api/v1/workers", "", 200)]
    [InlineData("GET", "/api/v1/results", "", 200)]
    [InlineData("GET", "/api/v1/monitor", "", 200)]
    [InlineData("GET", "/api/v1/health", "", 200)]
    [InlineData("POST", "/api/v1/workers", "{}", 403)]
    [InlineData("POST", "/api/v1/batch", "{}", 403)]
    [InlineData("POST", "/api/v1/close-all", "{}", 403)]
    [InlineData("POST", "/api/v1/workers/term_0/execute", "{}", 403)]
    [InlineData("POST", "/api/v1/workers/term_0/cancel", "{}", 403)]
    [InlineData("DELETE", "/api/v1/workers/term_0", "", 403)]
    [InlineData("POST", "/api/v1/tasks", "{}", 403)]
    [InlineData("POST", "/api/v1/queue", "{}", 403)]
    [InlineData("POST", "/tools/call", """{"name":"worker_list"}""", 200)]
    [InlineData("POST", "/tools/call", """{"name":"worker_spawn"}""", 403)]
    [InlineData("POST", "/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"worker_close_all"}}""", 403)]
    [InlineData("POST", "/mcp", """{"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"taskId":"x"}}""", 403)]
    public async Task A_token_to_read_may_only_look(string method, string path, string body, int status)
    {
        await using var door = await OpenDoor.StartAsync();
        using var client = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json, text/event-stream");
        using var request = new HttpRequestMessage(new(method), path) { Content = body.Length > 0 ? OpenDoor.Json(body) : null };

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 403)
        {
            Assert.Contains("scope=\"operate\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            Assert.Contains("scope operate", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task On_loopback_a_token_can_be_spared_with_a_warning()
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { TokenOnLoopback = false });
        using var client = door.NewClient(token: null);
        using var wrong = door.NewClient("wrong");

        using var spawned = await client.PostAsync("/api/v1/workers", OpenDoor.Json("{}"), TestContext.Current.CancellationToken);
        using var refused = await wrong.GetAsync("/api/v1/workers", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, spawned.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("token_on_loopback", door.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_token_as_a_password_opens_only_the_route_made_for_it()
    {
        await using var door = await OpenDoor.StartAsync();
        using var client = door.NewClient(token: null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{door.Token}")));

        using var call = await client.PostAsync("/tools/call", OpenDoor.Json("""{"name":"worker_list"}"""), TestContext.Current.CancellationToken);
        using var other = await client.GetAsync("/api/v1/workers", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_says_what_the_server_is_and_no_log_holds_a_token()
    {
        await using var door = await OpenDoor.StartAsync();

        string answer = await RawHttp.SendAsync(door.Url, $"GET /api/v1/workers?x={door.Token}", "Host: localhost", $"Authorization: Bearer {door.Token}");
        string faulty = await RawHttp.SendAsync(door.Url, $"GET /api/v1/runs/{door.Token}", "Host: localhost", $"Authorization: Bearer {door.Token}");

        Assert.DoesNotContain("Server:", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(404, RawHttp.StatusOf(faulty));
        Assert.DoesNotContain(door.Token, door.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Elsewhere_than_on_loopback_it_warns_without_TLS()
    {
        Assert.Empty(ListenAddress.Warnings(new() { Address = "127.0.0.1" }));
        Assert.Contains("without TLS", Assert.Single(ListenAddress.Warnings(new() { Address = "0.0.0.0" })), StringComparison.Ordinal);
        Assert.Empty(ListenAddress.Warnings(new() { Address = "0.0.0.0", Certificate = "/some.pem" }));
    }
}
