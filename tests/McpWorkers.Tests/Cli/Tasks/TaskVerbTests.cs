using System.Text.Json.Nodes;
using McpWorkers.Tests.Mcp.Queue;
using Xunit;

namespace McpWorkers.Tests.Cli.Tasks;

/// <summary><c>mcpworkers tasks</c>, <c>queue</c> and <c>stop-all</c> over a queue that really runs; only processes are scripted.</summary>
public sealed class TaskVerbTests : IAsyncDisposable
{
    private const int TestLimit = 60_000;

    private readonly WorkersPlace _place = new(new ScriptedLauncher { Expected = 100 }, QueueScene.Settings) { HasQueue = true };

    [Fact(Timeout = TestLimit)]
    public async Task A_task_is_added_waited_for_and_shown()
    {
        var added = await _place.RunCommandAsync("tasks", "add", "--role", "docs", "-p", "said", "--key", "mine");
        string id = added.Out.Trim();
        var again = await _place.RunCommandAsync("tasks", "add", "-p", "something else", "--key", "mine");
        var waited = await _place.RunCommandAsync("tasks", "wait", id, "--json");
        var shown = await _place.RunCommandAsync("tasks", "show", "mine");
        var listed = await _place.RunCommandAsync("tasks", "list");
        var logs = await _place.RunCommandAsync("tasks", "logs", id);

        Assert.Equal((0, ""), (added.Code, added.Error));
        Assert.Matches("^task_[0-9a-f]{16}$", id);
        Assert.Equal((0, id), (again.Code, again.Out.Trim()));
        Assert.Contains("has the key 'mine' already", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, waited.Code);
        Assert.Equal((id, "completed", 1), Of(JsonNode.Parse(waited.Out)!));
        Assert.Contains($"task id           {id}\n", shown.Out, StringComparison.Ordinal);
        Assert.Matches("attempt 1 +.*  completed  run_[0-9a-f]{16}  ", shown.Out);
        Assert.EndsWith("\nsaid\n\n", shown.Out, StringComparison.Ordinal);
        Assert.Matches($"^TASK .*\n{id}  completed +docs +normal +1  .*said\n$", listed.Out);
        Assert.Equal("said\n", logs.Out);
    }

    [Fact(Timeout = TestLimit)]
    public async Task With_json_add_prints_the_task()
    {
        var (code, output, _) = await _place.RunCommandAsync("tasks", "add", "-p", "x", "--priority", "high", "--at", "2h", "--json");

        var task = JsonNode.Parse(output)!.AsObject();
        Assert.Equal(0, code);
        Assert.Equal("task_id", task.First().Key);
        Assert.Equal(("waiting", "schedule", "high"), ((string)task["status"]!, (string)task["reason"]!, (string)task["priority"]!));
        Assert.True((bool)task["added"]!);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_or_a_pipe_holds_many_tasks(bool piped)
    {
        const string Tasks =
            """
            # The night's work.
            tasks:
              - prompt: one
                key: 12
                role: docs
                timeout: 60
                budget: {turns: 5, minutes: 1.5}
              - prompt: |
                  two
                  lines
                after: [12]
                verify: ["true"]
                priority: low
            """;
        await File.WriteAllTextAsync(Path.Combine(_place.Folder, "tasks.yaml"), Tasks, TestContext.Current.CancellationToken);
        _place.Input = Tasks;

        var added = await _place.RunCommandAsync("tasks", "add", "--file", piped ? "-" : "tasks.yaml");
        string[] ids = added.Out.TrimEnd('\n').Split('\n');
        var waited = await _place.RunCommandAsync(["tasks", "wait", .. ids, "--json"]);

        Assert.Equal(0, added.Code);
        Assert.Equal("mcpworkers: warning: The agent 'simulated' may not say its turns while it runs: a budget in turns may be overshot. One in minutes is held.\n", added.Error);
        Assert.Equal(2, ids.Length);
        Assert.Equal(0, waited.Code);
        var second = JsonNode.Parse(waited.Out)![1]!;
        Assert.Equal((ids[1], "completed", 1), Of(second));
        Assert.Equal("two\nlines\n", (string)second["prompt"]!);
        Assert.Equal(ids[0], (string)second["after"]![0]!);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("prompt: one", "--file tasks.yaml: is no list with an entry.")]
    [InlineData("- one", "--file tasks.yaml: entry 0 is no object.")]
    [InlineData("- {prompt: a, prompt: b}", "--file tasks.yaml: line 1: 'prompt' is there twice.")]
    [InlineData("- [", "--file tasks.yaml: line ")]
    [InlineData("- prompt: good\n- promt: bad", "tasks[1]: argument 'promt' is not known")]
    [InlineData("- prompt: good\n- {prompt: bad, role: dancer}", "dancer")]
    public async Task A_file_that_is_wrong_adds_nothing(string content, string said)
    {
        await File.WriteAllTextAsync(Path.Combine(_place.Folder, "tasks.yaml"), content, TestContext.Current.CancellationToken);

        var (code, output, error) = await _place.RunCommandAsync("tasks", "add", "--file", "tasks.yaml");
        var listed = await _place.RunCommandAsync("tasks", "list");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Equal((0, "", "There are no such tasks.\n"), listed);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Wait_ends_with_1_for_a_failed_task_and_with_124_where_the_time_is_over()
    {
        string failing = (await _place.RunCommandAsync("tasks", "add", "-p", "fail")).Out.Trim();
        var failed = await _place.RunCommandAsync("tasks", "wait", failing);
        string later = (await _place.RunCommandAsync("tasks", "add", "-p", "x", "--at", "1d")).Out.Trim();
        var timedOut = await _place.RunCommandAsync("tasks", "wait", later, "-T", "1");
        var unknown = await _place.RunCommandAsync("tasks", "wait", "task_nobody");

        Assert.Equal(1, failed.Code);
        Assert.StartsWith($"{failing}  failed", failed.Out, StringComparison.Ordinal);
        Assert.Equal(124, timedOut.Code);
        Assert.StartsWith($"{later}  waiting (schedule)", timedOut.Out, StringComparison.Ordinal);
        Assert.Equal(2, unknown.Code);
        Assert.Contains("task_nobody", unknown.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_waiting_task_is_edited_cancelled_and_tried_again_and_the_queue_is_held_meanwhile()
    {
        var paused = await _place.RunCommandAsync("queue", "pause");
        string id = (await _place.RunCommandAsync("tasks", "add", "-p", "first")).Out.Trim();
        var edited = await _place.RunCommandAsync("tasks", "edit", id, "-p", "other", "--priority", "low", "--json");
        var nothing = await _place.RunCommandAsync("tasks", "edit", id);
        var early = await _place.RunCommandAsync("tasks", "logs", id);
        var cancelled = await _place.RunCommandAsync("tasks", "cancel", id);
        var retried = await _place.RunCommandAsync("tasks", "retry", id, "--json");
        var status = await _place.RunCommandAsync("queue", "status", "--json");
        var told = await _place.RunCommandAsync("queue", "status");
        var resumed = await _place.RunCommandAsync("queue", "resume");
        var waited = await _place.RunCommandAsync("tasks", "wait", id);

        Assert.StartsWith("The queue is paused", paused.Out, StringComparison.Ordinal);
        Assert.Equal(("other", "low"), ((string)JsonNode.Parse(edited.Out)!["prompt"]!, (string)JsonNode.Parse(edited.Out)!["priority"]!));
        Assert.Equal(2, nothing.Code);
        Assert.Equal((2, ""), (early.Code, early.Out));
        Assert.Contains("has run nothing yet", early.Error, StringComparison.Ordinal);
        Assert.StartsWith($"{id}  cancelled", cancelled.Out, StringComparison.Ordinal);
        Assert.Equal("waiting", (string)JsonNode.Parse(retried.Out)![0]!["status"]!);
        Assert.True((bool)JsonNode.Parse(status.Out)!["paused"]!);
        Assert.Contains("\nwaiting    1\n", told.Out, StringComparison.Ordinal);
        Assert.Matches("\nslots      0 of [0-9]+ taken\nrole code: 0 of 4 run, 1 more could\n$", told.Out);
        Assert.StartsWith("The queue goes on.\n", resumed.Out, StringComparison.Ordinal);
        Assert.Equal((0, $"{id}  completed\n"), (waited.Code, waited.Out));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_retry_that_is_refused_for_one_task_changes_none()
    {
        string failed = (await _place.RunCommandAsync("tasks", "add", "-p", "fail", "--key", "bad")).Out.Trim();
        string completed = (await _place.RunCommandAsync("tasks", "add", "-p", "x")).Out.Trim();
        await _place.RunCommandAsync("tasks", "wait", failed, completed);

        var refused = await _place.RunCommandAsync("tasks", "retry", failed, completed);
        var after = await _place.RunCommandAsync("tasks", "wait", failed, "-T", "1", "--json");
        await _place.RunCommandAsync("queue", "pause");
        var both = await _place.RunCommandAsync("tasks", "retry", failed, "bad", "--json");

        Assert.Equal((2, ""), (refused.Code, refused.Out));
        Assert.Contains($"Task '{completed}' is completed", refused.Error, StringComparison.Ordinal);
        Assert.Equal((failed, "failed", 1), Of(JsonNode.Parse(after.Out)!));
        Assert.Equal(failed, (string)Assert.Single(JsonNode.Parse(both.Out)!.AsArray())!["task_id"]!);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Stop_all_says_what_it_stopped()
    {
        var (code, output, _) = await _place.RunCommandAsync("stop-all");
        var json = JsonNode.Parse((await _place.RunCommandAsync("stop-all", "--json")).Out)!;

        Assert.Equal(0, code);
        Assert.StartsWith(
            "The queue is paused: 'mcpworkers queue resume' lets it go on.\nPut back into the queue: 0 tasks. Other runs cancelled: 0.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, (int)json["tasks_handed_back"]!);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_schedule_is_made_listed_run_now_paused_and_removed()
    {
        var added = await _place.RunCommandAsync("schedules", "add", "--cron", "0 3 * * *", "--time-zone", "UTC", "--name", "nightly", "-r", "docs", "-p", "said");
        var listed = await _place.RunCommandAsync("schedules", "list");
        var paused = await _place.RunCommandAsync("schedules", "pause", "nightly");
        var run = await _place.RunCommandAsync("schedules", "run-now", "nightly");
        var waited = await _place.RunCommandAsync("tasks", "wait", run.Out.Trim());
        var shown = JsonNode.Parse((await _place.RunCommandAsync("tasks", "show", run.Out.Trim(), "--json")).Out)!;
        var resumed = await _place.RunCommandAsync("schedules", "resume", "nightly", "--json");
        var removed = await _place.RunCommandAsync("schedules", "remove", "nightly");
        var none = await _place.RunCommandAsync("schedules", "list");

        Assert.Equal(0, added.Code);
        Assert.Matches("^schedule_[0-9a-f]{16}\n$", added.Out);
        Assert.Matches("^Due next at .*T03:00:00Z \\('0 3 \\* \\* \\*', UTC\\)\\.\n", added.Error);
        Assert.Contains("warning: ", added.Error, StringComparison.Ordinal);
        Assert.Matches("^SCHEDULE .*\nnightly   0 3 \\* \\* \\*  UTC ", listed.Out);
        Assert.Equal("Paused nightly.\n", paused.Out);
        Assert.Equal((0, "completed", "nightly"), (waited.Code, (string)shown["status"]!, (string)shown["source"]!));
        Assert.False((bool)JsonNode.Parse(resumed.Out)!["paused"]!);
        Assert.Equal("Removed nightly.\n", removed.Out);
        Assert.Equal((0, "", "There are no schedules.\n"), none);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("every night", "'every night'")]
    [InlineData("0 3 31 2 *", "names no time to come")]
    public async Task A_schedule_that_is_wrong_is_refused(string cron, string said)
    {
        var (code, output, error) = await _place.RunCommandAsync("schedules", "add", "--cron", cron, "-p", "x");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("mcpworkers: --file is given together with --role. The file says all of each task.\n", "--file", "tasks.yaml", "--role", "docs")]
    [InlineData("mcpworkers: --file is given together with --key. The file says all of each task.\n", "--file", "tasks.yaml", "--key", "k")]
    [InlineData("mcpworkers: --file none.yaml: cannot be read", "--file", "none.yaml")]
    [InlineData("mcpworkers: there is no prompt.", "--role", "docs")]
    [InlineData("mcpworkers: Argument 'urgent' not recognized.", "-p", "x", "--priority", "urgent")]
    public async Task What_is_wrong_with_a_command_line_is_said(string said, params string[] args)
    {
        var (code, output, error) = await _place.RunCommandAsync(["tasks", "add", .. args]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(said, error, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    private static (string, string, int) Of(JsonNode task) => ((string)task["task_id"]!, (string)task["status"]!, task["attempts"]!.AsArray().Count);
}
