using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The verbs as REST.</summary>
public sealed class RestTests
{
    [Fact(Timeout = 60_000)]
    public async Task Workers_go_through_the_whole_flow()
    {
        await using var door = await OpenDoor.StartAsync();

        using var spawned = await door.PostAsync("/api/v1/workers", """{"worker_type":"echo","count":2}""");
        var ids = (await OpenDoor.BodyAsync(spawned))!.AsArray();
        string first = ids[0]!.GetValue<string>();
        using var executed = await door.PostAsync($"/api/v1/workers/{first}/execute", """{"prompt":"héllo"}""");
        var result = (await OpenDoor.BodyAsync(executed))!;
        string run = result["metadata"]!["run_id"]!.GetValue<string>();
        using var batch = await door.PostAsync("/api/v1/batch", new JsonObject { ["worker_ids"] = ids.DeepClone(), ["prompts"] = new JsonArray("a", "b") }.ToJsonString());
        var collected = (await door.GetAsync($"/api/v1/results?worker_ids={first}"))!;
        var monitored = (await door.GetAsync("/api/v1/monitor?interval=0.1"))!;
        var one = (await door.GetAsync($"/api/v1/workers/{first}"))!;
        var listed = (await door.GetAsync("/api/v1/workers"))!.AsArray();
        using var closed = await door.Client.DeleteAsync($"/api/v1/workers/{first}", TestContext.Current.CancellationToken);
        using var all = await door.Client.PostAsync("/api/v1/close-all", content: null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, spawned.StatusCode);
        Assert.Equal(2, ids.Count);
        Assert.Equal("completed", result["status"]!.GetValue<string>());
        Assert.Equal("héllo", result["output"]!.GetValue<string>());
        Assert.Equal(["a", "b"], (await OpenDoor.BodyAsync(batch))!.AsArray().Select(each => each!["output"]!.GetValue<string>()));
        Assert.Equal("a", collected[first]!["output"]!.GetValue<string>());
        Assert.Equal(2, monitored.AsObject().Count);
        Assert.Equal(first, one["worker_id"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(one, listed[0]));
        Assert.True((await OpenDoor.BodyAsync(closed))!["success"]!.GetValue<bool>());
        Assert.Equal(1, (await OpenDoor.BodyAsync(all))!["closed_count"]!.GetValue<int>());
        Assert.StartsWith("run_", run, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_run_is_read_page_by_page()
    {
        await using var door = await OpenDoor.StartAsync(host: settings => settings with { OutputInlineMax = 256 });
        string id = await door.Server.SpawnAsync();

        using var executed = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"!long 600"}""");
        string run = (await OpenDoor.BodyAsync(executed))!["metadata"]!["run_id"]!.GetValue<string>();
        var view = (await door.GetAsync($"/api/v1/runs/{run}"))!;
        string text = "";
        for (long? cursor = 0; cursor is { } at;)
        {
            var page = (await door.GetAsync($"/api/v1/runs/{run}/output?cursor={at}"))!;
            text += page["text"]!.GetValue<string>();
            cursor = page["next_cursor"]?.GetValue<long>();
        }

        Assert.True(view["settled"]!.GetValue<bool>());
        Assert.Equal("completed", view["status"]!.GetValue<string>());
        Assert.Equal(256, view["result"]!["output"]!.GetValue<string>().Length);
        Assert.Equal(600, text.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_run_can_be_left_to_itself_and_stopped()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await door.Server.SpawnAsync();

        using var started = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"!hold","wait":false}""");
        string run = (await OpenDoor.BodyAsync(started))!["metadata"]!["run_id"]!.GetValue<string>();
        using var cancelled = await door.PostAsync($"/api/v1/workers/{id}/cancel", "{}");
        var after = (await door.GetAsync($"/api/v1/results?worker_ids={id}"))!;

        Assert.True(started.IsSuccessStatusCode);
        Assert.StartsWith("run_", run, StringComparison.Ordinal);
        Assert.True(cancelled.IsSuccessStatusCode);
        Assert.Equal("cancelled", after[id]!["status"]!.GetValue<string>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("POST", "/api/v1/workers", """{"worker_type":"nope"}""", 400, "unknown_type")]
    [InlineData("POST", "/api/v1/workers", """{"worker_type":"absent"}""", 409, "missing_executable")]
    [InlineData("POST", "/api/v1/workers", """{"count":51}""", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers", """{"cuont":1}""", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers", """{"count":50}""", 503, "limit_reached")]
    [InlineData("POST", "/api/v1/workers", "[]", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers", "{", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers", """{"count":1,"count":2}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/workers/term_nobody", "", 404, "not_found")]
    [InlineData("GET", "/api/v1/workers?state=idle", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers/term_nobody/execute", """{"prompt":"x"}""", 404, "not_found")]
    [InlineData("POST", "/api/v1/workers/term_nobody/execute", """{"prompt":"x","worker_id":"y"}""", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers/term_nobody/execute", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workers/term_nobody/cancel", "{}", 404, "not_found")]
    [InlineData("DELETE", "/api/v1/workers/term_nobody", "", 404, "not_found")]
    [InlineData("POST", "/api/v1/batch", """{"worker_ids":["a"],"prompts":[]}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/monitor?interval=soon", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/monitor?interval=99", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/results?worker_ids=term_nobody", "", 404, "not_found")]
    [InlineData("GET", "/api/v1/runs/run_0000000000000000", "", 404, "not_found")]
    [InlineData("GET", "/api/v1/runs/run_0000000000000000/output?cursor=-1", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/runs/run_0000000000000000/log?lines=0", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/runs/..%2f..%2fetc%2fpasswd/output", "", 404, "not_found")]
    [InlineData("POST", "/api/v1/workers", """{"workspace":"clone"}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/workspaces?forecast=maybe", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/workspaces?into=main", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/workspaces?state=idle", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workspaces/merge", "{}", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/workspaces/merge", """{"all":true,"worker_ids":["a"]}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/trash/x?cursor=-1", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/trash/empty", "{}", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/trash/empty", """{"action":"list","all":true}""", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/trash/x/restore", """{"force":true}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/events?after=x", "", 400, "invalid_argument")]
    [InlineData("POST", "/tools/call", """{"name":"worker_execute","arguments":{"worker_id":"term_nobody","prompt":"x"}}""", 404, "not_found")]
    [InlineData("POST", "/tools/call", """{"name":"search_conversations","arguments":{}}""", 404, "not_found")]
    [InlineData("POST", "/tools/call", """{"arguments":{}}""", 400, "invalid_argument")]
    [InlineData("POST", "/tools/call", """{"name":"worker_list","arguments":[]}""", 400, "invalid_argument")]
    public async Task A_refusal_is_a_problem_with_status_code_and_remedy(string method, string path, string body, int status, string code)
    {
        await using var door = await OpenDoor.StartAsync(host: settings => settings with { MaxWorkers = 10 });
        using var request = new HttpRequestMessage(new(method), path) { Content = method == "POST" ? OpenDoor.Json(body) : null };

        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = (await OpenDoor.BodyAsync(answer))!;
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Equal(code, problem["code"]!.GetValue<string>());
        Assert.True(problem["detail"]!.GetValue<string>().Length > 20);
        Assert.Equal("", door.Log.ToString());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/api/v1", 404)]
    [InlineData("GET", "/api/v1/workers/", 404)]
    [InlineData("PUT", "/api/v1/workers", 405)]
    [InlineData("GET", "/tools/call", 405)]
    [InlineData("PATCH", "/mcp", 405)]
    public async Task What_is_not_there_is_said_so(string method, string path, int status)
    {
        await using var door = await OpenDoor.StartAsync();
        using var request = new HttpRequestMessage(new(method), path);

        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 405, answer.Content.Headers.Allow.Count > 0);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_form_of_a_web_page_is_refused()
    {
        await using var door = await OpenDoor.StartAsync();
        using var form = new StringContent("""{"name":"worker_close_all"}""");

        using var call = await door.Client.PostAsync("/tools/call", form, TestContext.Current.CancellationToken);
        using var rest = await door.Client.PostAsync("/api/v1/close-all", form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, call.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, rest.StatusCode);
    }
}
