using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Client;
using Xunit;

namespace McpWorkers.Tests.Mcp.Client;

public sealed class WorkerClientTests : IAsyncDisposable
{
    private const int TestLimit = 30_000;
    private const string A = "term_aaaaaaaaaaaa";
    private const string B = "term_bbbbbbbbbbbb";

    private readonly FakeDaemon _daemon = new();
    private readonly List<string> _told = [];
    private readonly WorkerClient _client;

    public WorkerClientTests() => _client = new(_daemon.OpenAsync, TimeProvider.System) { Tell = _told.Add };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = TestLimit)]
    public async Task A_refusal_is_the_tools_message_without_the_tools_name()
    {
        var monitoring = _client.MonitorAsync([A], TimeSpan.FromSeconds(1), Cancellation);
        var daemon = await _daemon.AcceptAsync();
        await daemon.AnswerAsync(await daemon.ReadCallAsync("worker_monitor"), new()
        {
            ["isError"] = true,
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"worker_monitor: worker_ids: Worker '{A}' is not known." }),
        });

        Assert.Equal($"Worker '{A}' is not known.", (await Assert.ThrowsAsync<RefusedException>(() => monitoring)).Message);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_refusal_of_the_protocol_is_a_refusal_too()
    {
        var reading = _client.ReadLogAsync("run_1", 0, 10, Cancellation);
        var daemon = await _daemon.AcceptAsync();
        var request = await daemon.ReadReadAsync("mcpworkers://runs/run_1/log?cursor=0&lines=10");
        await daemon.SayAsync($$$"""{"jsonrpc":"2.0","id":{{{request["id"]!.ToJsonString()}}},"error":{"code":-32602,"message":"Run 'run_1' is not known."}}""");

        Assert.Equal("Run 'run_1' is not known.", (await Assert.ThrowsAsync<RefusedException>(() => reading)).Message);
    }

    [Fact(Timeout = TestLimit)]
    public async Task What_only_reads_is_asked_again_after_a_loss()
    {
        var listing = _client.ListAsync(Cancellation);
        var first = await _daemon.AcceptAsync();
        await first.ReadCallAsync("worker_list");
        await first.CloseAsync();
        var second = await _daemon.AcceptAsync();
        await second.AnswerCallAsync(await second.ReadCallAsync("worker_list"), new JsonArray());

        Assert.Empty(await listing);
        Assert.Equal(["The connection to the daemon was lost; connecting again.", "Connected again."], _told);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_daemon_that_goes_away_at_each_question_is_not_asked_for_ever()
    {
        var listing = _client.ListAsync(Cancellation);
        for (int life = 0; life <= 10; life++)
        {
            var daemon = await _daemon.AcceptAsync();
            await daemon.ReadCallAsync("worker_list");
            await daemon.CloseAsync();
        }

        Assert.Contains("each time", (await Assert.ThrowsAsync<UnansweredException>(() => listing)).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_spawn_is_never_sent_twice()
    {
        var spawning = _client.SpawnAsync(new SpawnRequest { Count = 2 }, Cancellation);
        var daemon = await _daemon.AcceptAsync();
        await daemon.ReadCallAsync("worker_spawn");
        await daemon.CloseAsync();

        var unanswered = await Assert.ThrowsAsync<UnansweredException>(() => spawning);
        Assert.Contains("worker_spawn", unanswered.Message, StringComparison.Ordinal);
        Assert.Contains("'mcpworkers workers list'", unanswered.Message, StringComparison.Ordinal);
        Assert.Equal(1, _daemon.Opened);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_prompt_that_was_not_acknowledged_is_said_to_be_that_and_not_sent_again()
    {
        var executing = _client.ExecuteAsync(A, "go", ExecuteOptions.Default, Cancellation);
        var daemon = await _daemon.AcceptAsync();
        await daemon.ReadCallAsync("worker_execute");
        await daemon.CloseAsync();

        Assert.Contains("before it said whether it had accepted", (await Assert.ThrowsAsync<UnansweredException>(() => executing)).Message, StringComparison.Ordinal);
        Assert.Equal(1, _daemon.Opened);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_accepted_run_is_waited_for_through_a_new_connection()
    {
        var executing = _client.ExecuteAsync(A, "go", new() { Timeout = TimeSpan.FromSeconds(60) }, Cancellation);
        var first = await _daemon.AcceptAsync();
        var call = await first.ReadCallAsync("worker_execute");
        Assert.Equal(60, call["params"]!["arguments"]!["timeout"]!.GetValue<int>());
        await first.AcceptRunsAsync(call, ("run_1", A));
        await first.CloseAsync();

        var second = await _daemon.AcceptAsync();
        await second.AnswerReadAsync(await second.ReadReadAsync("mcpworkers://runs/run_1"), Result(A, "running", "so far").ToJsonString());
        await second.AnswerCallAsync(await second.ReadCallAsync("worker_monitor"), new JsonObject { [A] = "completed" });
        await second.AnswerReadAsync(await second.ReadReadAsync("mcpworkers://runs/run_1"), Result(A, "completed", "whole").ToJsonString());

        var result = await executing;
        Assert.Equal(("completed", "whole"), (result["status"]!.ToString(), result["output"]!.ToString()));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_batch_keeps_its_order_through_a_loss_also_with_a_repeated_worker_and_a_refused_item()
    {
        var executing = _client.ExecuteBatchAsync([A, "term_nobody", B, A], ["1", "2", "3", "4"], ExecuteOptions.Default, Cancellation);
        var first = await _daemon.AcceptAsync();
        var call = await first.ReadCallAsync("worker_execute_batch");
        await first.AcceptRunsAsync(call, ("run_1", A), ("run_3", B), ("run_4", A));
        await first.CloseAsync();

        var second = await _daemon.AcceptAsync();
        foreach (var (run, worker) in new[] { ("run_1", A), ("run_3", B), ("run_4", A) })
        {
            await second.AnswerReadAsync(await second.ReadReadAsync($"mcpworkers://runs/{run}"), Result(worker, "completed", run).ToJsonString());
        }

        var results = await executing;
        Assert.Equal(["run_1", "", "run_3", "run_4"], results.Select(result => result!["output"]!.ToString()));
        Assert.Equal(("failed", "refused"), (results[1]!["status"]!.ToString(), results[1]!["metadata"]!["outcome"]!.ToString()));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_run_whose_worker_was_closed_meanwhile_gives_its_result()
    {
        var executing = _client.ExecuteAsync(A, "go", ExecuteOptions.Default, Cancellation);
        var first = await _daemon.AcceptAsync();
        await first.AcceptRunsAsync(await first.ReadCallAsync("worker_execute"), ("run_1", A));
        await first.CloseAsync();

        var second = await _daemon.AcceptAsync();
        await second.AnswerReadAsync(await second.ReadReadAsync("mcpworkers://runs/run_1"), Result(A, "running", "").ToJsonString());
        await second.AnswerAsync(await second.ReadCallAsync("worker_monitor"), new()
        {
            ["isError"] = true,
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "worker_monitor: not known." }),
        });
        await second.AnswerReadAsync(await second.ReadReadAsync("mcpworkers://runs/run_1"), Result(A, "cancelled", "").ToJsonString());

        Assert.Equal("cancelled", (await executing)["status"]!.ToString());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("restarting")]
    [InlineData("replaced")]
    public async Task A_daemon_that_makes_room_for_another_is_followed_by_it(string reason)
    {
        var listing = _client.ListAsync(Cancellation);
        var first = await _daemon.AcceptAsync();
        await first.ReadCallAsync("worker_list");
        await first.SayAsync($$"""{"mcpworkers":"goodbye","reason":"{{reason}}"}""");
        await first.CloseAsync();
        var second = await _daemon.AcceptAsync();
        await second.AnswerCallAsync(await second.ReadCallAsync("worker_list"), new JsonArray());

        Assert.Empty(await listing);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_daemon_that_was_stopped_is_not_started_again()
    {
        var listing = _client.ListAsync(Cancellation);
        var daemon = await _daemon.AcceptAsync();
        await daemon.ReadCallAsync("worker_list");
        await daemon.SayAsync("""{"mcpworkers":"goodbye","reason":"stopped"}""");
        await daemon.CloseAsync();

        Assert.StartsWith("The daemon was stopped.", (await Assert.ThrowsAsync<UnansweredException>(() => listing)).Message, StringComparison.Ordinal);
        Assert.Equal(1, _daemon.Opened);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_door_that_is_shut_says_why()
    {
        _daemon.Shut = new RefusedException(RefusalCode.InvalidSettings, "x.yaml:1: bad");

        Assert.Equal("x.yaml:1: bad", (await Assert.ThrowsAsync<RefusedException>(() => _client.ListAsync(Cancellation))).Message);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_long_output_is_read_to_its_end()
    {
        var collecting = _client.CollectAsync([A], Cancellation);
        var daemon = await _daemon.AcceptAsync();
        var head = Result(A, "completed", "one ");
        head["metadata"] = new JsonObject
        {
            ["run_id"] = "run_1",
            ["output_truncated"] = true,
            ["output_length"] = 13,
            ["output_resource"] = "mcpworkers://runs/run_1/output?cursor=4",
            ["next_cursor"] = 4,
        };
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("worker_collect_results"), new JsonObject { [A] = head });
        await daemon.AnswerReadAsync(
            await daemon.ReadReadAsync("mcpworkers://runs/run_1/output?cursor=4"), "two ", new() { ["next_uri"] = "mcpworkers://runs/run_1/output?cursor=8" });
        await daemon.AnswerReadAsync(await daemon.ReadReadAsync("mcpworkers://runs/run_1/output?cursor=8"), "three", new() { ["next_uri"] = null });

        var result = (await collecting)[A]!;
        Assert.Equal("one two three", result["output"]!.ToString());
        Assert.Equal(["run_id"], result["metadata"]!.AsObject().Select(field => field.Key));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Cancelling_a_wait_tells_the_daemon_and_keeps_the_connection()
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var executing = _client.ExecuteAsync(A, "go", ExecuteOptions.Default, gone.Token);
        var daemon = await _daemon.AcceptAsync();
        await daemon.ReadCallAsync("worker_execute");
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => executing);
        Assert.Equal("notifications/cancelled", (await daemon.ReadAsync())["method"]!.ToString());
        var listing = _client.ListAsync(Cancellation);
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("worker_list"), new JsonArray());
        Assert.Empty(await listing);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _daemon.DisposeAsync();
    }

    private static JsonObject Result(string worker, string status, string output) => new()
    {
        ["worker_id"] = worker,
        ["status"] = status,
        ["output"] = output,
        ["error"] = null,
        ["exit_code"] = 0,
        ["duration_seconds"] = 1,
        ["has_output"] = output.Length > 0,
        ["metadata"] = new JsonObject(),
    };
}
