using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The requests of a Mahavishnu pool with remote workers, in its order, with what it reads of the answers.</summary>
public sealed class ToolCallTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("/tools/call")]
    [InlineData("/mcp/tools/call")]
    public async Task A_pool_drives_the_workers_unchanged(string path)
    {
        await using var door = await OpenDoor.StartAsync();

        var ids = (await CallAsync(door, path, "worker_spawn", new() { ["worker_type"] = "echo", ["count"] = 3 })).AsArray();
        string first = ids[0]!.GetValue<string>();
        var executed = await CallAsync(door, path, "worker_execute", new() { ["worker_id"] = first, ["prompt"] = "one", ["timeout"] = 300 });
        var batch = (await CallAsync(door, path, "worker_execute_batch", new()
        {
            ["worker_ids"] = ids.DeepClone(),
            ["tasks"] = new JsonArray(new JsonObject { ["prompt"] = "a" }, new JsonObject { ["prompt"] = "b", ["timeout"] = 60 }),
        })).AsObject();
        var health = await CallAsync(door, path, "worker_health", []);
        var closed = await CallAsync(door, path, "worker_close_all", []);

        Assert.Equal(3, ids.Count);
        Assert.Equal("completed", executed["status"]!.GetValue<string>());
        Assert.Equal("one", executed["output"]!.GetValue<string>());
        Assert.True(executed.AsObject().ContainsKey("error"));
        Assert.Equal(ids.Take(2).Select(id => id!.GetValue<string>()), batch.Select(each => each.Key));
        Assert.Equal(["a", "b"], batch.Select(each => each.Value!["output"]!.GetValue<string>()));
        Assert.Equal("healthy", health["status"]!.GetValue<string>());
        Assert.Equal(3, closed["closed_count"]!.GetValue<int>());
    }

    [Fact(Timeout = 60_000)]
    public async Task More_tasks_than_workers_lose_none()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await door.Server.SpawnAsync();

        var batch = (await CallAsync(door, "/tools/call", "worker_execute_batch", new()
        {
            ["worker_ids"] = new JsonArray(id),
            ["tasks"] = new JsonArray(new JsonObject { ["prompt"] = "a" }, new JsonObject { ["prompt"] = "!exit 3" }),
        })).AsObject();

        Assert.Equal([id, id + "#2"], batch.Select(each => each.Key));
        Assert.Equal(["completed", "failed"], batch.Select(each => each.Value!["status"]!.GetValue<string>()));
    }

    [Fact(Timeout = 60_000)]
    public async Task Prompts_in_a_batch_give_a_list()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await door.Server.SpawnAsync();

        var batch = await CallAsync(door, "/tools/call", "worker_execute_batch", new() { ["worker_ids"] = new JsonArray(id), ["prompts"] = new JsonArray("a") });

        Assert.Equal("a", Assert.Single(batch.AsArray())!["output"]!.GetValue<string>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"worker_ids":[],"tasks":[{"prompt":"a"}]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":[]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":["a"]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":[{"text":"a"}]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":[{"prompt":"a","timeout":"long"}]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":[{"prompt":"a","timeout":1}]}""")]
    [InlineData("""{"worker_ids":["x"],"tasks":[{"prompt":"a"}],"prompts":["b"]}""")]
    public async Task Tasks_that_make_no_sense_are_refused(string arguments)
    {
        await using var door = await OpenDoor.StartAsync();

        using var answer = await door.PostAsync("/tools/call", $$"""{"name":"worker_execute_batch","arguments":{{arguments}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static async Task<JsonNode> CallAsync(OpenDoor door, string path, string tool, JsonObject arguments)
    {
        using var answer = await door.PostAsync(path, new JsonObject { ["name"] = tool, ["arguments"] = arguments }.ToJsonString());
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return (await OpenDoor.BodyAsync(answer))!["result"]!;
    }
}
