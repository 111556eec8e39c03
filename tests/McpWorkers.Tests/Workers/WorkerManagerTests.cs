using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class WorkerManagerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact(Timeout = 60_000)]
    public async Task A_prompt_comes_back_as_what_the_worker_made_of_it()
    {
        await using var host = new TestHost();
        string id = (await host.Manager.SpawnAsync(new())).Single();
        Assert.Matches("^term_[0-9a-f]{12}$", id);
        Assert.Equal(WorkerStatus.Pending, host.Manager.List().Single().Status);

        var result = await host.Manager.ExecuteAsync(id, "hello");

        Assert.Equal(WorkerStatus.Completed, result.Status);
        Assert.Equal("hello", result.Output.TrimEnd());
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("completed", (string?)result.Metadata["outcome"]);
        Assert.Equal(id, (await host.Manager.CollectAsync(null)).Single().Key);
        Assert.True(File.Exists(Path.Combine((string)result.Metadata["run_directory"]!, "output.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_resumed_run_that_does_not_say_its_session_again_keeps_it()
    {
        const string Script = """
            case "$*" in
              *--resume*) echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"$*\"}]}}"; exit 1;;
              *) echo '{"type":"result","subtype":"success","is_error":false,"result":"first","session_id":"the-session"}';;
            esac
            """;
        await using var host = new TestHost();
        await using var manager = host.NewManager(host.TypeOfAgent("claude", Script));
        string id = (await manager.SpawnAsync(new() { WorkerType = "claude" })).Single();

        Assert.Equal("first", (await manager.ExecuteAsync(id, "one")).Output);
        foreach (string prompt in new[] { "two", "three" })
        {
            var result = await manager.ExecuteAsync(id, prompt);
            Assert.Equal("truncated", (string?)result.Metadata["outcome"]);
            Assert.Contains("--resume the-session", result.Output, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_answers_in_the_order_given_also_for_repeated_and_unknown_workers()
    {
        await using var host = new TestHost();
        var ids = await host.Manager.SpawnAsync(new() { Count = 2 });

        var results = await host.Manager.ExecuteBatchAsync(
            [ids[1], "term_000000000000", ids[0], ids[1]], ["a", "b", "c", "d"]);

        Assert.Equal(["a", "", "c", "d"], results.Select(result => result.Output.TrimEnd()));
        Assert.Equal(
            [WorkerStatus.Completed, WorkerStatus.Failed, WorkerStatus.Completed, WorkerStatus.Completed],
            results.Select(result => result.Status));
        Assert.Contains("term_000000000000", results[1].Error, StringComparison.Ordinal);
        Assert.Equal(2, host.Manager.List().Single(worker => worker.WorkerId == ids[1]).RunsDone);
    }

    [Fact(Timeout = 120_000)]
    public async Task Never_more_runs_go_on_than_allowed_and_all_of_them_end_well()
    {
        await using var host = new TestHost(maxConcurrent: 3, scripts: ("count", "echo $$; sleep 0.2"));
        var ids = await host.Manager.SpawnAsync(new() { WorkerType = "count", Count = 12 });
        using var ended = new CancellationTokenSource();
        var watch = WatchAsync();

        var results = await host.Manager.ExecuteBatchAsync(ids, [.. ids.Select(_ => "go")]);
        await ended.CancelAsync();

        Assert.All(results, result => Assert.True(result.IsSuccess, result.Error));
        Assert.InRange(await watch, 2, 3);
        Assert.Equal(0, host.Manager.Health().RunsActive);

        async Task<int> WatchAsync()
        {
            int most = 0;
            while (!ended.IsCancellationRequested)
            {
                most = Math.Max(most, host.Manager.Health().RunsActive);
                await Task.Delay(5);
            }

            return most;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Cancelling_the_call_leaves_the_run_going_and_cancelling_the_worker_stops_it()
    {
        await using var host = new TestHost(scripts: ("slow", "echo begun; exec sleep 60"));
        string id = (await host.Manager.SpawnAsync(new() { WorkerType = "slow" })).Single();
        using var call = new CancellationTokenSource();
        var waiting = host.Manager.ExecuteAsync(id, "go", cancellationToken: call.Token);
        await UntilRunningAsync(host.Manager, id);
        await LiveProcesses.UntilAsync(() => host.Manager.List().Single().Activity == "begun", TimeSpan.FromSeconds(10), "its first line is read");

        await call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(WorkerStatus.Running, host.Manager.List().Single().Status);

        Assert.True(await host.Manager.CancelAsync(id, "not wanted any more"));
        var result = (await host.Manager.CollectAsync([id]))[id];
        Assert.Equal(WorkerStatus.Cancelled, result.Status);
        Assert.Contains("not wanted any more", result.Error, StringComparison.Ordinal);
        Assert.Equal("begun", result.Output.TrimEnd());
        Assert.False(await host.Manager.CancelAsync(id, "again"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Closing_stops_what_runs_and_what_waits()
    {
        await using var host = new TestHost(maxConcurrent: 1, scripts: ("slow", "exec sleep 60"));
        var ids = await host.Manager.SpawnAsync(new() { WorkerType = "slow", Count = 2 });
        var first = host.Manager.ExecuteAsync(ids[0], "go");
        var second = host.Manager.ExecuteAsync(ids[1], "go");
        await UntilRunningAsync(host.Manager, ids[0]);

        var closed = await host.Manager.CloseAsync(ids[1]);
        Assert.Equal(WorkerStatus.Cancelled, (await second.WaitAsync(Patience)).Status);
        Assert.True(closed is { Success: true, StoppedRun: true });
        Assert.Equal(1, await host.Manager.CloseAllAsync());
        Assert.Equal(WorkerStatus.Cancelled, (await first.WaitAsync(Patience)).Status);
        Assert.Empty(host.Manager.List());

        var unknown = await host.Manager.CloseAsync(ids[0]);
        Assert.False(unknown.Success);
        Assert.Contains(ids[0], unknown.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Monitoring_waits_for_a_change_up_to_the_interval()
    {
        await using var host = new TestHost(scripts: ("brief", "sleep 1"));
        string id = (await host.Manager.SpawnAsync(new() { WorkerType = "brief" })).Single();
        Assert.Equal(WorkerStatus.Pending, (await host.Manager.MonitorAsync(null, TimeSpan.FromSeconds(10)))[id]);
        var run = host.Manager.ExecuteAsync(id, "go");
        await UntilRunningAsync(host.Manager, id);

        Assert.Equal(WorkerStatus.Running, (await host.Manager.MonitorAsync([id], TimeSpan.FromSeconds(0.1)))[id]);
        Assert.Equal(WorkerStatus.Completed, (await host.Manager.MonitorAsync([id], TimeSpan.FromSeconds(10)))[id]);
        await run;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_that_ends_stops_its_runs_and_takes_no_more()
    {
        await using var host = new TestHost(scripts: ("slow", "exec sleep 60"));
        string id = (await host.Manager.SpawnAsync(new() { WorkerType = "slow" })).Single();
        var run = host.Manager.ExecuteAsync(id, "go");
        await UntilRunningAsync(host.Manager, id);

        await host.Manager.DisposeAsync();

        Assert.Equal(WorkerStatus.Cancelled, (await run.WaitAsync(Patience)).Status);
        await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SpawnAsync(new()));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_output_of_a_run_is_read_by_pages()
    {
        await using var host = new TestHost(scripts: ("long", "i=0; while [ $i -lt 9000 ]; do echo 'line of output'; i=$((i+1)); done"));
        string id = (await host.Manager.SpawnAsync(new() { WorkerType = "long" })).Single();
        var result = await host.Manager.ExecuteAsync(id, "go");
        string runId = (string)result.Metadata["run_id"]!;

        var whole = "";
        for (long? cursor = 0; cursor is { } at;)
        {
            var page = await host.Manager.ReadOutputAsync(runId, at);
            Assert.Equal(result.Output.Length, page.TotalLength);
            whole += page.Text;
            cursor = page.NextCursor;
        }

        Assert.Equal(result.Output, whole);
        await Assert.ThrowsAsync<RefusedException>(() => host.Manager.ReadOutputAsync(runId, -1));
        await Assert.ThrowsAsync<RefusedException>(() => host.Manager.ReadOutputAsync("run_../../etc/passwd", 0));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_given_to_several_workers_comes_back_as_one_aggregate()
    {
        await using var host = new TestHost();

        var together = await new WorkerOrchestrator(host.Manager).RunAsync("same for all", 3);

        Assert.True(together.AllSucceeded);
        Assert.Equal(3, together.Succeeded);
        Assert.All(together.Results, result => Assert.Equal("same for all", result.Output.TrimEnd()));
        Assert.Empty(host.Manager.List());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0, "count is 0; allowed are 1 to 50.")]
    [InlineData(51, "count is 51; allowed are 1 to 50.")]
    public async Task A_count_out_of_range_is_refused(int count, string message)
    {
        await using var host = new TestHost();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SpawnAsync(new() { Count = count }));

        Assert.Equal(message, refused.Message);
        Assert.Empty(host.Manager.List());
    }

    [Fact(Timeout = 60_000)]
    public async Task Refusals_name_what_was_wrong_and_what_is_known()
    {
        await using var host = new TestHost(maxWorkers: 2);
        string id = (await host.Manager.SpawnAsync(new())).Single();

        var type = await RefusalAsync(() => host.Manager.SpawnAsync(new() { WorkerType = "terminal-qwem" }));
        var many = await RefusalAsync(() => host.Manager.SpawnAsync(new() { Count = 2 }));
        var place = await RefusalAsync(() => host.Manager.SpawnAsync(new() { WorkingDirectory = "/no/such/place" }));
        var worker = await RefusalAsync(() => host.Manager.ExecuteAsync("term_unknown", "x"));
        var empty = await RefusalAsync(() => host.Manager.ExecuteAsync(id, " "));
        var timeout = await RefusalAsync(() => host.Manager.ExecuteAsync(id, "x", new() { Timeout = TimeSpan.FromSeconds(29) }));
        var lengths = await RefusalAsync(() => host.Manager.ExecuteBatchAsync([id], ["a", "b"]));
        var interval = await RefusalAsync(() => host.Manager.MonitorAsync(null, TimeSpan.FromSeconds(11)));

        Assert.Equal((RefusalCode.UnknownType, "Worker type 'terminal-qwem' is not known. Known: echo."), type);
        Assert.Equal(RefusalCode.LimitReached, many.Code);
        Assert.Contains("max_workers", many.Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/place", place.Message, StringComparison.Ordinal);
        Assert.Equal((RefusalCode.NotFound, $"Worker 'term_unknown' is not known. Known: {id}."), worker);
        Assert.Contains("prompt is empty", empty.Message, StringComparison.Ordinal);
        Assert.Equal("timeout is 29 s; allowed are 30 to 3600 s.", timeout.Message);
        Assert.Contains("1 items and prompts has 2", lengths.Message, StringComparison.Ordinal);
        Assert.Equal("interval is 11 s; allowed are 0.1 to 10 s.", interval.Message);
    }

    private static async Task<(RefusalCode Code, string Message)> RefusalAsync(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(call);
        return (refused.Code, refused.Message);
    }

    private static async Task UntilRunningAsync(WorkerManager manager, string id)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var facts = manager.Events.Subscribe();
        while (manager.List().Single(worker => worker.WorkerId == id).Status != WorkerStatus.Running)
        {
            await facts.Reader.ReadAsync(limit.Token);
        }
    }
}
