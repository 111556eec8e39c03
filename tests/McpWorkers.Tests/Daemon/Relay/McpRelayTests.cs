using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Daemon.Relay;

public sealed class McpRelayTests
{
    [Fact(Timeout = 30_000)]
    public async Task Lines_pass_both_ways_as_they_are()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();

        await stage.SayAsync("""{ "jsonrpc":"2.0", "id":2,  "method":"tools/list" }""");
        Assert.Equal("""{ "jsonrpc":"2.0", "id":2,  "method":"tools/list" }""", await daemon.ReadAsync());
        await daemon.SayAsync("""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}""");
        await daemon.SayAsync("""{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}""");

        Assert.Contains("progress", await stage.HearAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}""", await stage.HearAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task End_of_input_waits_for_the_answers_and_ends_both_sides()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"worker_execute"}}""");
        stage.EndInput();
        await daemon.ReadAsync();
        Assert.False(stage.Ended.IsCompleted);

        await daemon.SayAsync("""{"jsonrpc":"2.0","id":5,"result":{}}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":5,"result":{}}""", await stage.HearAsync());
        Assert.Null(await daemon.ReadAsync());
        await stage.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Null(await stage.HearAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task End_of_input_does_not_wait_for_what_was_cancelled_or_never_ends()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"worker_execute"}}""");
        await stage.SayAsync("""{"jsonrpc":"2.0","id":6,"method":"subscriptions/listen"}""");
        await stage.SayAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}""");
        stage.EndInput();

        await stage.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_daemon_each_request_is_told_why_and_the_next_one_tries_again()
    {
        await using var stage = new RelayStage(refusal: "The daemon could not start: the disk is full.");
        await stage.SayAsync(RelayStage.Initialize);
        var answer = await stage.HearJsonAsync();
        Assert.Equal("init", (string?)answer["id"]);
        Assert.Contains("the disk is full", (string?)answer["error"]!["message"], StringComparison.Ordinal);

        stage.Refusal = null;
        await stage.SayAsync(RelayStage.Initialize);
        using var daemon = await stage.DaemonAsync();
        Assert.Equal(RelayStage.Initialize, await daemon.ReadAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_daemon_and_without_a_request_it_ends_with_the_reason()
    {
        await using var stage = new RelayStage(refusal: "no");
        stage.EndInput();

        await Assert.ThrowsAsync<RefusedException>(() => stage.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_left_to_read_ends_it()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();
        stage.CloseOutput();
        await daemon.SayAsync("""{"jsonrpc":"2.0","method":"notifications/progress"}""");
        try
        {
            await daemon.SayAsync("""{"jsonrpc":"2.0","method":"notifications/progress"}""");
        }
        catch (IOException)
        {
            // It ended over the first one already.
        }

        await stage.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 30_000)]
    public async Task Cancelling_ends_it_at_once_with_calls_open()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();
        await stage.SayAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"worker_execute"}}""");
        await daemon.ReadAsync();

        stage.Cancel();

        await stage.Ended.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.True(stage.Ended.IsCompleted);
    }

    [Fact(Timeout = 60_000)]
    public async Task Slow_reader_holds_up_the_daemon_and_nothing_grows_or_is_lost()
    {
        await using var stage = new RelayStage();
        using var daemon = await stage.OpenConversationAsync();
        string filler = new('x', 4000);
        const int Count = 20_000;
        int sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < Count; sent++)
            {
                await daemon.SayAsync($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"n":{{{sent}}},"f":"{{{filler}}}"}}""");
            }
        });
        int before;
        do
        {
            before = sent;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        while (before != sent);

        // Held up after what the pipe, the socket and one line take: far from all of it.
        Assert.InRange(sent, 1, 1000);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(i, (int?)JsonNode.Parse((await stage.HearAsync())!)!["params"]!["n"]);
        }

        await sending;
    }
}
