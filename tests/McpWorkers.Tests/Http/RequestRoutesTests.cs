using System.Net;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using McpWorkers.Tests.Mcp.Requests;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>What workers ask, as REST.</summary>
public sealed class RequestRoutesTests
{
    private const int TestLimit = 60_000;

    [Fact(Timeout = TestLimit)]
    public async Task Requests_are_listed_shown_and_decided_once()
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();
        await door.Server.Manager.SubmitAsync(worker, "!hold");
        var asked = await Asking.PermissionAsync(door.Server.Manager, worker);

        var listed = (await door.GetAsync("/api/v1/requests?kind=permission&limit=5"))!["requests"]!.AsArray();
        var shown = (await door.GetAsync($"/api/v1/requests/{asked.RequestId}"))!;
        var waiting = (await door.GetAsync($"/api/v1/workers/{worker}"))!["waiting_for"]!;
        using var decided = await door.PostAsync($"/api/v1/requests/{asked.RequestId}", $$"""{"decision":"allow","digest":"{{asked.Digest}}"}""");
        using var again = await door.PostAsync($"/api/v1/requests/{asked.RequestId}", """{"decision":"deny"}""");
        using var unknown = await door.Client.GetAsync(new Uri("/api/v1/requests/req_nobody", UriKind.Relative), TestContext.Current.CancellationToken);
        var facts = (await door.GetAsync("/api/v1/facts?after=0"))!["events"]!.AsArray().Select(fact => (string)fact!["kind"]!).ToList();

        Assert.Equal(asked.RequestId, (string)Assert.Single(listed)!["request_id"]!);
        Assert.Equal("""{"command":"make deploy"}""", (string)shown["input"]!);
        Assert.Equal("permission", (string)waiting["kind"]!);
        Assert.Equal(HttpStatusCode.OK, decided.StatusCode);
        Assert.Equal(("allowed", "http"), StateOf((await OpenDoor.BodyAsync(decided))!));
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Contains("decided once", (string)(await OpenDoor.BodyAsync(again))!["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(["request_asked", "request_decided"], facts.Where(kind => kind.StartsWith("request", StringComparison.Ordinal)));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_token_that_may_only_read_decides_nothing()
    {
        await using var door = await OpenDoor.StartAsync();
        string worker = await door.Server.SpawnAsync();
        await door.Server.Manager.SubmitAsync(worker, "!hold");
        var asked = await Asking.PermissionAsync(door.Server.Manager, worker);
        using var reader = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));
        using var body = OpenDoor.Json("""{"decision":"allow"}""");

        using var listed = await reader.GetAsync(new Uri("/api/v1/requests", UriKind.Relative), TestContext.Current.CancellationToken);
        using var decided = await reader.PostAsync(new Uri($"/api/v1/requests/{asked.RequestId}", UriKind.Relative), body, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, decided.StatusCode);
        Assert.True((await door.Server.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).IsPending);
    }

    private static (string State, string By) StateOf(JsonNode request) => ((string)request["state"]!, (string)request["decided_by"]!);
}
