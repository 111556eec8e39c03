using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Mcp.Queue;

/// <summary>The tools of the set <c>tasks</c>, over a queue that really runs.</summary>
public sealed class TaskToolsTests
{
    private const int TestLimit = 60_000;

    [Fact(Timeout = TestLimit)]
    public async Task A_task_is_done_and_shown_with_its_attempt_and_result()
    {
        await using var scene = await QueueScene.OpenAsync();

        string id = await scene.AddAsync("said", ""","role":"docs","priority":"high","key":"mine","verify":["true"]""");
        var over = await scene.OverAsync(id);
        var shown = (await scene.CallAsync("task_show", """{"task_id":"mine"}""")).JsonOf();

        Assert.Matches("^task_[0-9a-f]{16}$", id);
        Assert.Equal("completed", over.TextOf("status"));
        Assert.Null(over["result"]);
        Assert.Equal(id, shown.TextOf("task_id"));
        Assert.Equal(("docs", "high", "high_priority"), (shown.TextOf("role"), shown.TextOf("priority"), shown.TextOf("queue")));
        Assert.Equal("true", shown["verify"]![0]!.GetValue<string>());
        var attempt = Assert.Single(shown["attempts"]!.AsArray())!;
        Assert.Equal((1, "completed"), (attempt["number"]!.GetValue<int>(), attempt.TextOf("outcome")));
        Assert.Equal(attempt.TextOf("run_id"), shown["result"]!["metadata"]!.TextOf("run_id"));
        Assert.Contains("said", shown["result"]!.TextOf("output"), StringComparison.Ordinal);
        Assert.Null(shown["reason"]);
        Assert.NotNull(shown["finished"]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Adding_is_all_or_none_and_a_key_adds_once()
    {
        await using var scene = await QueueScene.OpenAsync();

        var refused = await scene.CallAsync("task_add", """{"tasks":[{"prompt":"one"},{"prompt":"two","role":"dancer"}]}""");
        var first = (await scene.CallAsync("task_add", """{"tasks":[{"prompt":"one","key":"k"},{"prompt":"two","after":["k"]}]}""")).JsonOf().AsArray();
        var again = (await scene.CallAsync("task_add", """{"tasks":[{"prompt":"other","key":"k"}]}""")).JsonOf()[0]!;
        var listed = (await scene.CallAsync("task_list", "{}")).JsonOf()["tasks"]!.AsArray();

        Assert.True(refused.IsError);
        Assert.Contains("dancer", refused.TextOf(), StringComparison.Ordinal);
        Assert.True(first[0]!["added"]!.GetValue<bool>());
        Assert.False(again["added"]!.GetValue<bool>());
        Assert.Equal(first[0]!.TextOf("task_id"), again.TextOf("task_id"));
        Assert.Equal(first[0]!.TextOf("task_id"), first[1]!["after"]![0]!.GetValue<string>());
        Assert.Equal(2, listed.Count);
    }

    [Fact(Timeout = TestLimit)]
    public async Task The_log_of_an_attempt_is_read_page_by_page()
    {
        await using var scene = await QueueScene.OpenAsync();
        string id = await scene.AddAsync("said");
        await scene.OverAsync(id);

        var page = (await scene.CallAsync("task_log", $$"""{"task_id":"{{id}}"}""")).JsonOf();
        var next = (await scene.CallAsync("task_log", $$"""{"task_id":"{{id}}","attempt":1,"cursor":{{page["next_cursor"]!.ToJsonString()}}}""")).JsonOf();
        var none = await scene.CallAsync("task_log", $$"""{"task_id":"{{id}}","attempt":2}""");

        Assert.Contains(page["lines"]!.AsArray(), line => line!.TextOf("text").Contains("said", StringComparison.Ordinal));
        Assert.Equal((1, true), (page["attempt"]!.GetValue<int>(), next["over"]!.GetValue<bool>()));
        Assert.Empty(next["lines"]!.AsArray());
        Assert.True(none.IsError);
        Assert.Contains("no attempt 2", none.TextOf(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task In_a_paused_queue_a_task_waits_and_can_be_edited()
    {
        await using var scene = await QueueScene.OpenAsync();
        var paused = (await scene.CallAsync("queue_control", """{"action":"pause"}""")).JsonOf();
        string id = await scene.AddAsync("first words");

        var waiting = (await scene.CallAsync("task_wait", $$"""{"task_ids":["{{id}}"],"timeout":0}""")).JsonOf();
        var edited = (await scene.CallAsync("task_edit", $$"""{"task_id":"{{id}}","prompt":"other words","priority":"low"}""")).JsonOf();
        var status = (await scene.CallAsync("queue_status", "{}")).JsonOf();
        await scene.CallAsync("queue_control", """{"action":"resume"}""");
        await scene.OverAsync(id);
        var shown = (await scene.CallAsync("task_show", $$"""{"task_id":"{{id}}"}""")).JsonOf();

        Assert.True(paused["paused"]!.GetValue<bool>());
        Assert.False(waiting["over"]!.GetValue<bool>());
        Assert.Equal(("waiting", "slot"), (waiting["tasks"]![0]!.TextOf("status"), waiting["tasks"]![0]!.TextOf("reason")));
        Assert.Equal(("other words", "low"), (edited.TextOf("prompt"), edited.TextOf("priority")));
        Assert.Equal(1, status["tasks"]!["waiting"]!.GetValue<int>());
        Assert.Equal("other words", shown["result"]!.TextOf("output"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_running_task_is_cancelled_and_one_that_failed_is_tried_again()
    {
        await using var scene = await QueueScene.OpenAsync();
        string held = await scene.AddAsync("begun\n!hold");
        string failing = await scene.AddAsync("no\n!exit 3");
        await scene.UntilAsync(held, "running");

        var cancelled = (await scene.CallAsync("task_cancel", $$"""{"task_ids":["{{held}}"]}""")).JsonOf()[0]!;
        var failed = await scene.OverAsync(failing);
        await scene.CallAsync("task_retry", $$"""{"task_ids":["{{failing}}"]}""");
        var twice = await scene.OverAsync(failing);
        var unknown = await scene.CallAsync("task_cancel", $$"""{"task_ids":["{{failing}}","task_nobody"]}""");

        Assert.Equal("cancelled", cancelled.TextOf("status"));
        Assert.Equal("failed", failed.TextOf("status"));
        Assert.Single(failed["attempts"]!.AsArray());
        Assert.Equal("failed", twice.TextOf("status"));
        Assert.Equal(2, twice["attempts"]!.AsArray().Count);
        Assert.True(unknown.IsError);
        Assert.Contains("task_nobody", unknown.TextOf(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Stop_all_stops_every_run_and_keeps_the_tasks()
    {
        await using var scene = await QueueScene.OpenAsync();
        string id = await scene.AddAsync("begun\n!hold");
        string worker = await scene.Server.SpawnAsync();
        await scene.Server.Manager.SubmitAsync(worker, "begun\n!hold");
        await scene.UntilAsync(id, "running");

        // Its worker says what it is at; the other one is at no task.
        string?[] at = [];
        await ToolCalls.UntilAsync(
            async () => (at = [.. (await scene.CallAsync("worker_list", "{}")).JsonOf().AsArray().Select(each => (string?)each!["task_id"])]).Length == 2, "there are both workers");
        Assert.Equal([null, id], at.Order());

        var stopped = (await scene.CallAsync("queue_control", """{"action":"stop_all"}""")).JsonOf();
        var shown = (await scene.CallAsync("task_show", $$"""{"task_id":"{{id}}"}""")).JsonOf();
        scene.Server.Launcher.Release();
        await scene.CallAsync("queue_control", """{"action":"resume"}""");
        var over = await scene.OverAsync(id);

        Assert.Equal((1, 1), (stopped["tasks_handed_back"]!.GetValue<int>(), stopped["runs_cancelled"]!.GetValue<int>()));
        Assert.True(stopped["paused"]!.GetValue<bool>());
        Assert.Equal("waiting", shown.TextOf("status"));
        Assert.Equal("handed_back", shown["attempts"]![0]!.TextOf("outcome"));
        Assert.Equal("completed", over.TextOf("status"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task The_list_is_chosen_by_status_and_role_and_comes_in_pages()
    {
        await using var scene = await QueueScene.OpenAsync();
        await scene.CallAsync("queue_control", """{"action":"pause"}""");
        string a = await scene.AddAsync(new string('x', 300));
        string b = await scene.AddAsync("two", ""","role":"docs","at":"2h" """);

        var page = (await scene.CallAsync("task_list", """{"status":"open","limit":1}""")).JsonOf();
        var rest = (await scene.CallAsync("task_list", $$"""{"limit":5,"before":"{{page.TextOf("next_before")}}"}""")).JsonOf();
        var docs = (await scene.CallAsync("task_list", """{"role":"docs","status":"waiting"}""")).JsonOf()["tasks"]!.AsArray();
        var done = (await scene.CallAsync("task_list", """{"status":"completed"}""")).JsonOf()["tasks"]!.AsArray();

        Assert.Equal([b], Ids(page["tasks"]!));
        Assert.Equal([a], Ids(rest["tasks"]!));
        Assert.Null(rest["next_before"]);
        Assert.Equal(300, rest["tasks"]![0]!["prompt_length"]!.GetValue<int>());
        Assert.Equal([b], Ids(docs));
        Assert.Equal("schedule", docs[0]!.TextOf("reason"));
        Assert.Empty(done);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("task_add", """{"tasks":[]}""", "'tasks' has 0 entries; allowed are 1 to 1000")]
    [InlineData("task_add", """{"tasks":["x"]}""", "task_add: 'tasks[0]' is a string (\"x\"); it must be an object")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x"},{"role":"docs"}]}""", "task_add: tasks[1]: 'prompt' is missing")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x","promt":"y"}]}""", "task_add: tasks[0]: argument 'promt' is not known")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x","priority":"urgent"}]}""", "'priority' is \"urgent\"; allowed are high, normal, low")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x","at":"soon"}]}""", "'at' is \"soon\"; it must be a moment")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x","timeout":5}]}""", "'timeout' is 5; allowed is an integer from 30 to 3600")]
    [InlineData("task_add", """{"tasks":[{"prompt":"x","repo":"y"}]}""", "'repo' is for workspace \"clone\" only")]
    [InlineData("task_edit", """{"task_id":"a"}""", "nothing is to be changed")]
    [InlineData("task_wait", """{"task_ids":[]}""", "'task_ids' is empty; name a task")]
    [InlineData("task_wait", """{"task_ids":["task_nobody"]}""", "task_nobody")]
    [InlineData("task_show", """{"task_id":"task_nobody"}""", "task_nobody")]
    [InlineData("task_list", """{"before":"yesterday"}""", "'before' is \"yesterday\"")]
    [InlineData("queue_control", "{}", "'action' is missing; allowed are pause, resume, stop_all")]
    public async Task What_is_wrong_is_named(string tool, string arguments, string said)
    {
        await using var scene = await QueueScene.OpenAsync();

        var refused = await scene.CallAsync(tool, arguments);

        Assert.True(refused.IsError);
        Assert.Contains(said, refused.TextOf(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_agent_inside_a_run_sees_its_own_tasks_only_and_has_no_say_over_the_rest()
    {
        await using var scene = await QueueScene.OpenAsync();
        string worker = await scene.Server.SpawnAsync();
        string run = (await scene.Server.Manager.SubmitAsync(worker, "begun\n!hold")).RunId;
        var inner = new Engine.Workers.Caller { Kind = "mcp", ParentRun = run };
        string owners = await scene.AddAsync("x", ""","at":"1d" """);

        string own = (await scene.CallAsync("task_add", """{"tasks":[{"prompt":"y","at":"1d"}]}""", inner)).JsonOf()[0]!.TextOf("task_id");
        var listed = (await scene.CallAsync("task_list", "{}", inner)).JsonOf()["tasks"]!;
        var other = await scene.CallAsync("task_show", $$"""{"task_id":"{{owners}}"}""", inner);
        var paused = await scene.CallAsync("queue_control", """{"action":"pause"}""", inner);
        var schedules = await scene.CallAsync("schedule_list", "{}", inner);

        Assert.Equal([own], Ids(listed));
        Assert.All([other, paused, schedules], refused => Assert.True(refused.IsError));
        Assert.False((await scene.CallAsync("queue_status", "{}")).JsonOf()["paused"]!.GetValue<bool>());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("""{"cron":"0 3 * * *"}""", "'task' is missing; it must be an object")]
    [InlineData("""{"cron":"0 3 * * *","task":{"prompt":"x","key":"k"}}""", "schedule_add: task: argument 'key' is not known")]
    [InlineData("""{"cron":"0 3 * * *","task":{"prompt":"x"},"overlap":"wait"}""", "'overlap' is \"wait\"; allowed are skip, allow, replace")]
    [InlineData("""{"cron":"0 3 * * *","task":{"prompt":"x","role":"dancer"}}""", "dancer")]
    public async Task A_schedule_that_is_wrong_is_refused(string arguments, string said)
    {
        await using var scene = await QueueScene.OpenAsync();

        var refused = await scene.CallAsync("schedule_add", arguments);

        Assert.True(refused.IsError);
        Assert.Contains(said, refused.TextOf(), StringComparison.Ordinal);
        Assert.Empty((await scene.CallAsync("schedule_list", "{}")).JsonOf().AsArray());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Without_a_queue_the_tools_say_so()
    {
        await using var server = new EchoServer();
        var tools = new McpWorkers.Mcp.ToolCatalog(server.Manager, server.Log, TimeProvider.System);

        var refused = await tools.CallAsync("task_list", [], new() { Kind = "http" }, TestContext.Current.CancellationToken);

        Assert.True(refused.IsError);
        Assert.Contains("There is no queue here", refused.TextOf(), StringComparison.Ordinal);
    }

    private static string[] Ids(JsonNode tasks) => [.. tasks.AsArray().Select(task => task!.TextOf("task_id"))];
}
