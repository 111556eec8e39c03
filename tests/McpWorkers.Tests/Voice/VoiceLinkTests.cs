using McpWorkers.Engine.Requests;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>A run's server outlives a daemon: what it waits for, it goes on waiting for at the next one.</summary>
public sealed class VoiceLinkTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Call_that_waits_goes_on_at_the_next_daemon_under_the_same_key()
    {
        await using var scene = await VoiceScene.StartAsync();
        var answer = VoiceScene.AskAsync(scene.Link(), hold: 40, patience: TimeSpan.FromSeconds(40));
        var asked = await scene.PendingAsync();
        await scene.StopDaemonAsync();
        await scene.StartDaemonAsync();
        Assert.Equal(asked.RequestId, Assert.Single(scene.Manager.Requests.Pending).RequestId);

        await scene.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("yes"), "cli");

        Assert.Equal("yes", (string?)(await answer)!["answer"]);
        Assert.Equal(asked.RequestId, (string?)(await answer)!["request_id"]);
        Assert.Empty(scene.Manager.Requests.Pending);
    }

    [Fact(Timeout = Limit)]
    public async Task Answer_given_while_nobody_listens_is_fetched_later()
    {
        await using var scene = await VoiceScene.StartAsync();
        var first = await VoiceScene.AskAsync(scene.Link());
        await scene.Manager.Requests.AnswerAsync((string)first!["request_id"]!, new RequestVerdict.Answer("early"), "cli");

        var again = await VoiceScene.AskAsync(scene.Link(), hold: 10);

        Assert.Equal(((string?)first["request_id"], "early"), ((string?)again!["request_id"], (string?)again["answer"]));
    }

    [Fact(Timeout = Limit)]
    public async Task Without_a_daemon_it_gives_up_when_its_patience_is_over()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();
        await scene.StopDaemonAsync();

        Assert.Null(await VoiceScene.AskAsync(link, patience: TimeSpan.FromMilliseconds(100)));
    }

    [Fact(Timeout = Limit)]
    public async Task Caller_that_waits_no_more_leaves_the_question_asked_and_the_connection_whole()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();
        using var stop = new CancellationTokenSource();
        var waiting = link.CallAsync(
            McpWorkers.Daemon.RunMethods.Ask, new() { ["key"] = "k1", ["question"] = VoiceScene.Question, ["hold_seconds"] = 60 }, TimeSpan.FromSeconds(60), stop.Token);
        var asked = await scene.PendingAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await scene.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("late"), "cli");

        Assert.Equal("late", (string?)(await VoiceScene.AskAsync(link))!["answer"]);
    }
}
