using McpWorkers.Daemon;
using McpWorkers.Daemon.Relay;
using Xunit;

namespace McpWorkers.Tests.Daemon.Relay;

/// <summary>What the relay makes of requests whose daemon goes away: asked again, answered, or dropped, and never sent twice where that could do harm.</summary>
public sealed class LostDaemonTests
{
    [Fact(Timeout = 30_000)]
    public async Task Lost_execute_is_answered_with_the_run_that_goes_on()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":"x1","method":"tools/call","params":{"name":"worker_execute","arguments":{"prompt":"p"}}}""");
        await daemon.ReadAsync();
        await daemon.SayAsync("""{"jsonrpc":"2.0","method":"notifications/mcpworkers/accepted","params":{"request_id":"x1","runs":[{"run_id":"run_1","worker_id":"term_1"}]}}""");
        await daemon.SayAsync("""{"jsonrpc":"2.0","method":"notifications/progress","params":{}}""");
        Assert.Contains("progress", await stage.HearAsync(), StringComparison.Ordinal);

        daemon.Dispose();
        var answer = await stage.HearJsonAsync();

        Assert.Equal("x1", (string?)answer["id"]);
        Assert.Equal(LostAnswer.Code, (int?)answer["error"]!["code"]);
        Assert.Contains("run_1", (string?)answer["error"]!["message"], StringComparison.Ordinal);
        Assert.Contains("worker_collect_results(worker_ids=[\"term_1\"])", (string?)answer["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal("run_1", (string?)Assert.Single(answer["error"]!["data"]!["run_ids"]!.AsArray()));
        Assert.Equal("term_1", (string?)Assert.Single(answer["error"]!["data"]!["worker_ids"]!.AsArray()));
        using var next = await stage.NextDaemonAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Execute_that_may_not_have_been_taken_up_is_never_sent_twice()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"worker_execute","arguments":{"prompt":"p"}}}""");
        await daemon.ReadAsync();

        daemon.Dispose();
        var answer = await stage.HearJsonAsync();
        using var next = await stage.NextDaemonAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":4,"method":"ping"}""");

        Assert.Equal(3, (int?)answer["id"]);
        Assert.Contains("not known", (string?)answer["error"]!["message"], StringComparison.Ordinal);
        Assert.Empty(answer["error"]!["data"]!["run_ids"]!.AsArray());
        Assert.Contains("\"ping\"", await next.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_only_looks_is_asked_again_in_its_order_after_the_opening_whose_answer_is_swallowed()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        string[] looks =
        [
            """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""",
            """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"worker_monitor","arguments":{}}}""",
            """{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"mcpworkers://workers"}}""",
        ];
        foreach (string look in looks)
        {
            await stage.SayAsync(look);
            await daemon.ReadAsync();
        }

        daemon.Dispose();
        using var next = await stage.NextDaemonAsync();
        foreach (string look in looks)
        {
            Assert.Equal(look, await next.ReadAsync());
        }

        await next.SayAsync("""{"jsonrpc":"2.0","id":2,"result":{"second":true}}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{"second":true}}""", await stage.HearAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Subscriptions_are_made_again_and_given_up_ones_are_not()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        foreach (var (id, method, uri) in new[] { (1, "subscribe", "a"), (2, "subscribe", "b"), (3, "unsubscribe", "a") })
        {
            await stage.SayAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"resources/{{{method}}}","params":{"uri":"{{{uri}}}"}}""");
            await daemon.ReadAsync();
            await daemon.SayAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{}}""");
            await stage.HearAsync();
        }

        daemon.Dispose();
        using var next = await stage.NextDaemonAsync();

        Assert.Contains("\"b\"", await next.ReadAsync(), StringComparison.Ordinal);
        await next.SayAsync("""{"jsonrpc":"2.0","id":2,"result":{}}""");
        await next.SayAsync("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"b"}}""");
        Assert.Contains("updated", await stage.HearAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_goodbye_nobody_starts_a_daemon_until_something_is_asked()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":9,"method":"subscriptions/listen","params":{}}""");
        await daemon.ReadAsync();

        await daemon.SayAsync(Goodbye.LineOf(LeaveReason.Stopped));
        daemon.Dispose();
        await stage.SayAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}""");
        await Task.Delay(150, TestContext.Current.CancellationToken);
        Assert.Equal(1, stage.Opened);

        await stage.SayAsync("""{"jsonrpc":"2.0","id":10,"method":"ping"}""");
        using var next = await stage.NextDaemonAsync();
        Assert.Contains("subscriptions/listen", await next.ReadAsync(), StringComparison.Ordinal);
        Assert.Contains("ping", await next.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Request_that_meets_the_end_of_every_daemon_is_given_up()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/list"}""");
        await daemon.ReadAsync();
        for (int i = 0; i < 2; i++)
        {
            daemon.Dispose();
            daemon = await stage.NextDaemonAsync();
            Assert.Contains("tools/list", await daemon.ReadAsync(), StringComparison.Ordinal);
        }

        daemon.Dispose();

        Assert.Equal(5, (int?)(await stage.HearJsonAsync())["id"]);
        using var last = await stage.NextDaemonAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Half_an_answer_of_a_killed_daemon_is_not_passed_on()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/list"}""");
        await daemon.ReadAsync();
        await daemon.WriteAsync("{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"too"u8.ToArray(), TestContext.Current.CancellationToken);

        daemon.Dispose();
        using var next = await stage.NextDaemonAsync();
        await next.ReadAsync();
        await next.SayAsync("""{"jsonrpc":"2.0","id":5,"result":{}}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":5,"result":{}}""", await stage.HearAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Answers_to_questions_of_a_daemon_that_is_gone_are_dropped()
    {
        await using var stage = new RelayStage();
        var daemon = await stage.OpenConversationAsync();
        await daemon.SayAsync("""{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}""");
        Assert.Contains("elicitation", await stage.HearAsync(), StringComparison.Ordinal);
        daemon.Dispose();
        using var next = await stage.NextDaemonAsync();

        await stage.SayAsync("""{"jsonrpc":"2.0","id":1,"result":{}}""");
        await stage.SayAsync("""{"jsonrpc":"2.0","id":20,"method":"ping"}""");

        Assert.Contains("ping", await next.ReadAsync(), StringComparison.Ordinal);
    }
}
