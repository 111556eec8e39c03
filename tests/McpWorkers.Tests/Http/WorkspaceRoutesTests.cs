using System.Net;
using System.Text;
using McpWorkers.Engine.Storage;
using McpWorkers.Tests.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>Workspaces as REST, with real git; what the agents would write is written by the tests.</summary>
public sealed class WorkspaceRoutesTests : IDisposable
{
    private const int TestLimit = 120_000;

    private readonly GitScene _scene = new();

    [Fact(Timeout = TestLimit)]
    public async Task Workspaces_go_through_the_whole_flow()
    {
        string repository = await _scene.MakeRepository();
        await using var door = await OpenDoor.StartAsync();
        string[] ids = await SpawnAsync(door, repository);
        byte[] latin = [0x67, 0xFC, 0x0A];
        await WriteAsync(door, ids[0], "a.txt", latin);
        await WriteAsync(door, ids[1], "b.txt", "two\n"u8.ToArray());

        var listed = (await door.GetAsync("/api/v1/workspaces?forecast=true"))!.AsArray();
        var one = (await door.GetAsync($"/api/v1/workspaces/{ids[0]}"))!;
        using var patch = await door.Client.GetAsync($"/api/v1/workspaces/{ids[0]}/diff", TestContext.Current.CancellationToken);
        byte[] bytes = await patch.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        using var merged = await door.PostAsync("/api/v1/workspaces/merge", $$"""{"worker_ids":["{{ids[0]}}"]}""");
        using var closed = await door.Client.DeleteAsync($"/api/v1/workers/{ids[1]}", TestContext.Current.CancellationToken);
        using var discarded = await door.Client.DeleteAsync($"/api/v1/workspaces/{ids[1]}", TestContext.Current.CancellationToken);
        string trashId = (await OpenDoor.BodyAsync(discarded))!["trash_id"]!.GetValue<string>();
        var trash = (await door.GetAsync("/api/v1/trash"))!.AsArray();
        var shown = (await door.GetAsync($"/api/v1/trash/{trashId}"))!;
        using var restored = await door.PostAsync($"/api/v1/trash/{trashId}/restore", "{}");
        using var emptied = await door.PostAsync("/api/v1/trash/empty", $$"""{"trash_ids":["{{trashId}}"]}""");

        Assert.Equal(2, listed.Count);
        Assert.Empty(listed[0]!["forecast"]!["collisions"]!.AsArray());
        Assert.Equal("a.txt", one["changes"]!["files"]![0]!["path"]!.GetValue<string>());
        Assert.Equal("text/x-diff", patch.Content.Headers.ContentType!.MediaType);
        Assert.True(bytes.AsSpan().IndexOf("+g\u00fc\n"u8) < 0);
        Assert.True(bytes.AsSpan().IndexOf([(byte)'+', .. latin]) > 0, Encoding.Latin1.GetString(bytes));
        Assert.Equal("merged", (await OpenDoor.BodyAsync(merged))![0]!["status"]!.GetValue<string>());
        Assert.True(closed.IsSuccessStatusCode);
        Assert.Equal([trashId], trash.Select(each => each!["trash_id"]!.GetValue<string>()));
        Assert.Contains(shown["files"]!.AsArray(), file => file!["path"]!.GetValue<string>() == "b.txt");
        Assert.Equal(ids[1], (await OpenDoor.BodyAsync(restored))!["worker_id"]!.GetValue<string>());
        Assert.Equal(1, (await OpenDoor.BodyAsync(emptied))!["deleted"]!.GetValue<int>());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("GET", "/api/v1/workspaces/term_nobody")]
    [InlineData("GET", "/api/v1/workspaces/term_nobody/diff")]
    [InlineData("GET", "/api/v1/workspaces?worker_ids=term_nobody")]
    [InlineData("DELETE", "/api/v1/workspaces/term_nobody")]
    [InlineData("POST", "/api/v1/workspaces/merge", """{"worker_ids":["term_nobody"]}""")]
    [InlineData("GET", "/api/v1/trash/nothing")]
    [InlineData("POST", "/api/v1/trash/nothing/restore")]
    [InlineData("POST", "/api/v1/trash/empty", """{"trash_ids":["nothing"]}""")]
    public async Task What_is_not_there_is_404(string method, string path, string body = "{}")
    {
        await using var door = await OpenDoor.StartAsync();
        using var request = new HttpRequestMessage(new(method), path) { Content = method == "POST" ? OpenDoor.Json(body) : null };

        using var answer = await door.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("not_found", (await OpenDoor.BodyAsync(answer))!["code"]!.GetValue<string>());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("GET", "/api/v1/workspaces", 200)]
    [InlineData("GET", "/api/v1/trash", 200)]
    [InlineData("POST", "/api/v1/workspaces/merge", 403)]
    [InlineData("DELETE", "/api/v1/workspaces/term_nobody", 403)]
    [InlineData("POST", "/api/v1/trash/nothing/restore", 403)]
    [InlineData("POST", "/api/v1/trash/empty", 403)]
    public async Task A_token_that_may_only_look_changes_nothing(string method, string path, int status)
    {
        await using var door = await OpenDoor.StartAsync();
        using var reader = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));
        using var request = new HttpRequestMessage(new(method), path) { Content = method == "POST" ? OpenDoor.Json("{}") : null };

        using var answer = await reader.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    public void Dispose() => _scene.Dispose();

    private static async Task<string[]> SpawnAsync(OpenDoor door, string repository)
    {
        using var spawned = await door.PostAsync("/api/v1/workers", $$"""{"workspace":"worktree","working_directory":"{{repository}}","count":2}""");
        Assert.Equal(HttpStatusCode.Created, spawned.StatusCode);
        return [.. (await OpenDoor.BodyAsync(spawned))!.AsArray().Select(id => id!.GetValue<string>())];
    }

    /// <summary>Writes as an agent would, and lets a run end, so that it is committed.</summary>
    private static async Task WriteAsync(OpenDoor door, string id, string file, byte[] content)
    {
        string path = (await door.GetAsync($"/api/v1/workspaces?worker_ids={id}"))![0]!["path"]!.GetValue<string>();
        await File.WriteAllBytesAsync(Path.Combine(path, file), content);
        using var executed = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"said"}""");
        Assert.True(executed.IsSuccessStatusCode);
    }
}
