using System.Net;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Page;
using Xunit;

namespace McpWorkers.Tests.Http.Page;

/// <summary>Who gets the page's files and its token: the files anybody, the token one bearer of a fresh code.</summary>
public sealed partial class PageAccessTests
{
    [Fact(Timeout = 60_000)]
    public async Task The_files_need_no_token_and_are_bound_by_a_policy()
    {
        await using var door = await OpenDoor.StartAsync();
        var client = door.NewClient(token: null);
        using var page = await client.GetAsync("/", TestContext.Current.CancellationToken);
        string html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var unchanged = await client.SendAsync(again, TestContext.Current.CancellationToken);
        using var absent = await client.GetAsync("/page/../../etc/passwd.js", TestContext.Current.CancellationToken);
        using var unknown = await client.GetAsync("/page/none.js", TestContext.Current.CancellationToken);
        using var posted = await client.PostAsync("/", OpenDoor.Json("{}"), TestContext.Current.CancellationToken);
        using var data = await client.GetAsync("/api/v1/workers", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        string policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, absent.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
        var addresses = Addresses().Matches(html).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(addresses);
        foreach (string address in addresses)
        {
            using var file = await client.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_code_is_worth_one_token()
    {
        // What the guard knows of the tokens is fresh for longer than this test: the new one must be good all the same.
        await using var door = await OpenDoor.StartAsync(options: new() { TokenCache = TimeSpan.FromMinutes(5) });
        Assert.NotNull(await door.GetAsync("/api/v1/workers"));
        var client = door.NewClient(token: null);
        string code = CodeOf(door.Door.NewPageUrl(TokenScope.Read));

        using var first = await client.PostAsync(PageSession.Address, OpenDoor.Json($$"""{"code":"{{code}}"}"""), TestContext.Current.CancellationToken);
        using var second = await client.PostAsync(PageSession.Address, OpenDoor.Json($$"""{"code":"{{code}}"}"""), TestContext.Current.CancellationToken);
        using var guessed = await client.PostAsync(PageSession.Address, OpenDoor.Json("""{"code":"guess"}"""), TestContext.Current.CancellationToken);
        using var none = await client.PostAsync(PageSession.Address, OpenDoor.Json("{}"), TestContext.Current.CancellationToken);
        var answer = (await OpenDoor.BodyAsync(first))!;
        var holder = door.NewClient((string)answer["token"]!);
        using var listed = await holder.GetAsync("/api/v1/workers", TestContext.Current.CancellationToken);
        using var spawned = await holder.PostAsync("/api/v1/workers", OpenDoor.Json("{}"), TestContext.Current.CancellationToken);
        var stored = (await door.Server.Manager.Tokens.ListAsync(TestContext.Current.CancellationToken)).Single(token => token.Name.StartsWith("page-", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.True(first.Headers.CacheControl!.NoStore);
        Assert.Equal("read", (string)answer["scope"]!);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, guessed.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, spawned.StatusCode);
        Assert.Equal(TokenScope.Read, stored.Scope);
        Assert.Equal(TimeSpan.FromDays(7), stored.Expires - stored.Created);
        Assert.DoesNotContain((string)answer["token"]!, stored.Hash, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_is_of_no_use_after_a_minute_and_old_ones_make_room()
    {
        var time = new SetTime();
        var codes = new PageCodes(time);
        string kept = codes.New(TokenScope.Operate);
        time.Now += PageCodes.Life - TimeSpan.FromSeconds(1);
        string late = codes.New(TokenScope.Operate);
        Assert.Equal(TokenScope.Operate, codes.Take(kept));
        time.Now += PageCodes.Life + TimeSpan.FromSeconds(1);
        Assert.Null(codes.Take(late));

        string first = codes.New(TokenScope.Operate);
        time.Now += TimeSpan.FromSeconds(1);
        string[] hundred = [.. Enumerable.Range(0, 100).Select(_ => codes.New(TokenScope.Read))];

        Assert.Null(codes.Take(first));
        Assert.All(hundred, code => Assert.Equal(TokenScope.Read, codes.Take(code)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("http://workers.example.org", 200)]
    [InlineData("http://evil.test", 403)]
    [InlineData("https://workers.example.org", 403)]
    public async Task A_page_served_under_an_allowed_name_may_call_home(string origin, int status)
    {
        await using var door = await OpenDoor.StartAsync(settings => settings with { AllowedHosts = ["workers.example.org"] });

        string answer = await RawHttp.SendAsync(
            door.Url, "GET /api/v1/workers", "Host: workers.example.org", $"Origin: {origin}", $"Authorization: Bearer {door.Token}");

        Assert.Equal(status, RawHttp.StatusOf(answer));
    }

    internal static string CodeOf(string url) => url[(url.IndexOf("#code=", StringComparison.Ordinal) + "#code=".Length)..];

    [GeneratedRegex("(?:src|href)=\"(/[^\"]+)\"")]
    private static partial Regex Addresses();

    private sealed class SetTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
