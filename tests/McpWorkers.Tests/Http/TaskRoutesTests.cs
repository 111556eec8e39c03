using System.Net;
using McpWorkers.Tests.Mcp.Queue;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The queue as REST.</summary>
public sealed class TaskRoutesTests
{
    private const int TestLimit = 60_000;

    [Fact(Timeout = TestLimit)]
    public async Task Tasks_go_through_the_whole_flow()
    {
        await using var door = await OpenDoor.StartAsync(host: QueueScene.Settings, queue: true);

        using var paused = await door.PostAsync("/api/v1/queue", """{"action":"pause"}""");
        using var added = await door.PostAsync("/api/v1/tasks", """{"tasks":[{"prompt":"one","role":"docs"},{"prompt":"two"}]}""");
        string[] ids = [.. (await OpenDoor.BodyAsync(added))!.AsArray().Select(task => (string)task!["task_id"]!)];
        var waiting = (await door.GetAsync("/api/v1/tasks?status=waiting&limit=5"))!["tasks"]!.AsArray();
        using var edited = await door.PostAsync($"/api/v1/tasks/{ids[0]}/edit", """{"prompt":"other"}""");
        using var cancelled = await door.PostAsync("/api/v1/tasks/cancel", $$"""{"task_ids":["{{ids[1]}}"]}""");
        using var resumed = await door.PostAsync("/api/v1/queue", """{"action":"resume"}""");
        var waited = (await door.GetAsync($"/api/v1/tasks/wait?task_ids={ids[0]},{ids[1]}&timeout=20"))!;
        var shown = (await door.GetAsync($"/api/v1/tasks/{ids[0]}"))!;
        var queue = (await door.GetAsync("/api/v1/queue"))!;
        var facts = (await door.GetAsync($"/api/v1/facts?task_id={ids[0]}"))!["events"]!.AsArray();
        string told = await FirstAsync(door, "/api/v1/events?after=0");

        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Equal(2, waiting.Count);
        Assert.Equal("other", (string)(await OpenDoor.BodyAsync(edited))!["prompt"]!);
        Assert.Equal("cancelled", (string)(await OpenDoor.BodyAsync(cancelled))![0]!["status"]!);
        Assert.True((bool)waited["over"]!);
        Assert.Equal(["completed", "cancelled"], waited["tasks"]!.AsArray().Select(task => (string)task!["status"]!));
        Assert.Equal("other", (string)shown["result"]!["output"]!);
        Assert.Equal((1, 1), ((int)queue["tasks"]!["completed"]!, (int)queue["tasks"]!["cancelled"]!));
        Assert.Equal(["task_added", "task_edited", "task_started", "task_completed"], facts.Select(fact => (string)fact!["kind"]!));
        Assert.Equal((ids[0], null, "running"), ((string)facts[2]!["task_id"]!, (string?)facts[2]!["worker_id"], (string)facts[2]!["status"]!));
        Assert.StartsWith("id: 1\nevent: queue_paused\ndata: {", told, StringComparison.Ordinal);
        Assert.Contains("\"worker_id\":null,\"run_id\":null,\"status\":null,", told, StringComparison.Ordinal);
    }

    /// <summary>The first event of a stream.</summary>
    private static async Task<string> FirstAsync(OpenDoor door, string address)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var answer = await door.Client.GetAsync(new Uri(address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(cancellation) is { } line && !(line.Length == 0 && lines.Count > 1))
        {
            if (line.Length > 0 && !line.StartsWith("retry", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }

        return string.Join('\n', lines);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("GET", "/api/v1/tasks/task_nobody", "", 404, "not_found")]
    [InlineData("GET", "/api/v1/tasks?limit=many", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/tasks?colour=red", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/tasks", """{"tasks":[{"prompt":""}]}""", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/facts?status=done", "", 400, "invalid_argument")]
    [InlineData("GET", "/api/v1/facts?task_id=a&worker_id=b", "", 400, "invalid_argument")]
    [InlineData("POST", "/api/v1/queue", """{"action":"dance"}""", 400, "invalid_argument")]
    public async Task A_refusal_has_its_status(string method, string path, string body, int status, string code)
    {
        await using var door = await OpenDoor.StartAsync(host: QueueScene.Settings, queue: true);
        using var request = new HttpRequestMessage(new(method), path) { Content = body.Length > 0 ? OpenDoor.Json(body) : null };

        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, (string)(await OpenDoor.BodyAsync(answer))!["code"]!);
    }
}
