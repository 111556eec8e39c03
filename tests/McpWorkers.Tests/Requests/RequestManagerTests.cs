using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Tests.Storage;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Requests;

public sealed class RequestManagerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly MemoryStore _store = new();
    private readonly HandTime _time = new();
    private readonly RequestManager _requests;

    public RequestManagerTests() => _requests = Open(new RequestSettings());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _requests.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_question_waits_until_somebody_answers_and_then_no_more()
    {
        var told = new List<RequestState>();
        using var listening = _requests.Listen(request => told.Add(request.State));
        var asked = await _requests.AskAsync(Question("q"));
        var waiting = _requests.WaitAsync(asked.RequestId, Timeout.InfiniteTimeSpan, Token);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(asked.RequestId, _requests.PendingOf("run_1")?.RequestId);

        var answered = await _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");

        Assert.Equal((RequestState.Answered, "blue", "cli"), (answered.State, answered.Answer, answered.DecidedBy));
        Assert.Equal(answered, await waiting.WaitAsync(Patience, Token));
        Assert.Empty(_requests.Pending);
        Assert.Equal([RequestState.Pending, RequestState.Answered], told);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "mcp"));
        Assert.Contains("answered by cli", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_is_the_same_request_also_when_it_is_decided()
    {
        var first = await _requests.AskAsync(Question("q"));
        Assert.Equal(first.RequestId, (await _requests.AskAsync(Question("q"))).RequestId);
        await _requests.AnswerAsync(first.RequestId, new RequestVerdict.Answer("blue"), "cli");
        Assert.Equal("blue", (await _requests.AskAsync(Question("q"))).Answer);
    }

    [Fact]
    public async Task The_same_permission_asked_twice_at_once_is_one_request_and_both_are_told()
    {
        var refusing = new RefusingRequests(_store.Requests);
        var stored = new TaskCompletionSource();
        refusing.Adding = stored.Task;
        await using var requests = new RequestManager(refusing, new RequestSettings(), static _ => false, _time);
        var both = Task.WhenAll(requests.AskAsync(Permission("p", "Bash", "{}")), requests.AskAsync(Permission("p", "Bash", "{}")));
        stored.SetResult();
        var asked = await both.WaitAsync(Patience, Token);

        Assert.Equal(asked[0].RequestId, asked[1].RequestId);
        Assert.Equal(asked[0].RequestId, Assert.Single(requests.Pending).RequestId);
        var waiting = Task.WhenAll(asked.Select(request => requests.WaitAsync(request.RequestId, Timeout.InfiniteTimeSpan, Token)));
        await requests.AnswerAsync(asked[0].RequestId, new RequestVerdict.Allow(), "cli");
        Assert.All(await waiting.WaitAsync(Patience, Token), request => Assert.Equal(RequestState.Allowed, request?.State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_seen_before_it_is_stored_can_be_decided(bool isAnswered)
    {
        var stored = new TaskCompletionSource();
        await using var requests = new RequestManager(new RefusingRequests(_store.Requests) { Adding = stored.Task }, new RequestSettings(), static _ => false, _time);
        var asking = requests.AskAsync(Question("q"));
        var seen = Assert.Single(requests.Pending);
        var deciding = isAnswered ? requests.AnswerAsync(seen.RequestId, new RequestVerdict.Answer("blue"), "cli") : requests.WithdrawOneAsync(seen, "its run is over");
        Assert.False(deciding.IsCompleted);
        stored.SetResult();

        await deciding.WaitAsync(Patience, Token);
        await asking;
        Assert.Equal(isAnswered ? RequestState.Answered : RequestState.Withdrawn, (await requests.FindAsync(seen.RequestId, Token)).State);
        Assert.Empty(requests.Pending);
    }

    [Fact]
    public async Task An_answer_for_something_else_is_refused()
    {
        var asked = await _requests.AskAsync(Permission("p", "Bash", "{\"command\":\"ls\"}"));
        var other = await _requests.AskAsync(Permission("p2", "Bash", "{\"command\":\"ls -a\"}"));
        Assert.NotEqual(asked.Digest, other.Digest);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(), "cli", other.Digest));
        Assert.Contains("digest", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RequestState.Allowed, (await _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(), "cli", asked.Digest.ToUpperInvariant())).State);
    }

    [Fact]
    public async Task All_requests_of_a_run_are_found_however_many_they_are()
    {
        for (int i = 0; i <= RequestQuery.LimitMax; i++)
        {
            await _requests.AskAsync(Question($"q{i}"));
        }

        var all = await _requests.AllAsync(new RequestQuery { RunId = "run_1" }, Token);
        Assert.Equal(RequestQuery.LimitMax + 1, all.Count);
        Assert.Equal(_requests.Pending.Select(request => request.RequestId), all.Select(request => request.RequestId));
    }

    [Theory]
    [InlineData(RequestKind.Question)]
    [InlineData(RequestKind.Permission)]
    [InlineData(RequestKind.Budget)]
    [InlineData(RequestKind.Approval)]
    public async Task A_verdict_must_be_of_the_requests_kind(RequestKind kind)
    {
        var asked = await _requests.AskAsync(Question("q") with { Kind = kind, Tool = "Bash", Input = "{}" });
        RequestVerdict wrong = kind == RequestKind.Question ? new RequestVerdict.Allow() : new RequestVerdict.Answer("yes");
        await Assert.ThrowsAsync<RefusedException>(() => _requests.AnswerAsync(asked.RequestId, wrong, "cli"));
        Assert.Equal(RequestState.Denied, (await _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Deny("no"), "cli")).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public async Task An_empty_answer_is_none(string answer)
    {
        var asked = await _requests.AskAsync(Question("q"));
        await Assert.ThrowsAsync<RefusedException>(() => _requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer(answer), "cli"));
        Assert.True((await _requests.FindAsync(asked.RequestId, Token)).IsPending);
    }

    [Fact]
    public async Task What_nobody_answers_becomes_the_default_for_unattended_work()
    {
        var question = await _requests.AskAsync(Question("q"));
        var denied = await _requests.AskAsync(Permission("p", "Bash", "{}"));
        var allowed = await _requests.AskAsync(Permission("p2", "Bash", "{}") with { WorkerType = "lenient" });
        var budget = await _requests.AskAsync(Question("b") with { Kind = RequestKind.Budget, WorkerType = "lenient" });
        Task<WorkerRequest?> Of(WorkerRequest request) => _requests.WaitAsync(request.RequestId, Timeout.InfiniteTimeSpan, Token);
        var all = Task.WhenAll(Of(question), Of(denied), Of(allowed), Of(budget));

        await PassUntilAsync(all, TimeSpan.FromMinutes(29.9), mayEnd: false);
        await PassUntilAsync(all, TimeSpan.FromMinutes(2), mayEnd: true);

        var ends = await all.WaitAsync(Patience, Token);
        Assert.Equal([RequestState.Expired, RequestState.Expired, RequestState.Allowed, RequestState.Expired], ends.Select(request => request!.State));
        Assert.All(ends, request => Assert.StartsWith("default", request!.DecidedBy, StringComparison.Ordinal));
        Assert.NotEmpty(ends[0]!.Answer!);
    }

    [Fact]
    public async Task A_host_after_this_one_goes_on_with_what_waits_and_lets_expire_what_is_due()
    {
        var late = await _requests.AskAsync(Question("late"));
        _time.Pass(TimeSpan.FromMinutes(20));
        var early = await _requests.AskAsync(Question("early"));
        await _requests.DisposeAsync();
        _time.Pass(TimeSpan.FromMinutes(15));

        await using var next = Open(new RequestSettings());
        Assert.Equal(RequestState.Expired, (await next.WaitAsync(late.RequestId, Patience, Token))?.State);
        Assert.Equal([early.RequestId], next.Pending.Select(request => request.RequestId));
        Assert.Equal("x", (await next.AnswerAsync(early.RequestId, new RequestVerdict.Answer("x"), "cli")).Answer);
    }

    [Fact]
    public async Task Waiting_has_an_end_and_leaves_the_request_as_it_is()
    {
        var asked = await _requests.AskAsync(Question("q"));
        var waiting = _requests.WaitAsync(asked.RequestId, TimeSpan.FromSeconds(10), Token);
        await PassUntilAsync(waiting, TimeSpan.FromSeconds(11), mayEnd: true);
        Assert.Null(await waiting.WaitAsync(Patience, Token));
        Assert.True((await _requests.FindAsync(asked.RequestId, Token)).IsPending);
        await Assert.ThrowsAsync<RefusedException>(() => _requests.WaitAsync("req_none", TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task What_an_agent_says_is_cleaned_and_bounded()
    {
        var asked = await _requests.AskAsync(Question("q") with
        {
            Text = "a\u001b[2Jb\u202ec\u200bd\n" + new string('x', 20_000),
            Options = [.. Enumerable.Repeat(new string('o', 300), 30)],
        });
        Assert.StartsWith("a[2Jbcd\nxxx", asked.Text, StringComparison.Ordinal);
        Assert.InRange(asked.Text.Length, 16_000, RequestDraft.TextBytesMax + 20);
        Assert.EndsWith("… (cut)", asked.Text, StringComparison.Ordinal);
        Assert.Equal(RequestDraft.OptionsMax, asked.Options.Count);
        Assert.All(asked.Options, option => Assert.InRange(option.Length, 1, RequestDraft.OptionMax + 10));
    }

    [Fact]
    public async Task An_input_that_nobody_could_look_through_is_denied()
    {
        var asked = await _requests.AskAsync(Permission("p", "Write", $"{{\"content\":\"{new string('x', 300_000)}\"}}"));
        Assert.Equal(RequestState.Denied, asked.State);
        Assert.StartsWith("policy", asked.DecidedBy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leave_that_came_late_holds_once_and_for_the_same_call_only()
    {
        var before = await _requests.AskAsync(Permission("p", "Bash", "{\"command\":\"make\",\"timeout\":1}"));
        await _requests.AnswerAsync(before.RequestId, new RequestVerdict.Allow(), "cli");
        RequestDraft Again(string key, string input) => Permission(key, "Bash", input) with { RunId = "run_2", Continues = "run_1" };

        Assert.True((await _requests.AskAsync(Again("other", "{\"command\":\"make install\",\"timeout\":1}"))).IsPending);
        var same = await _requests.AskAsync(Again("same", "{\"timeout\":1,\"command\":\"make\"}"));
        Assert.Equal((RequestState.Allowed, $"request {before.RequestId}"), (same.State, same.DecidedBy));
        Assert.True((await _requests.AskAsync(Again("once more", "{\"command\":\"make\",\"timeout\":1}"))).IsPending);
    }

    [Fact]
    public async Task What_its_run_leaves_behind_is_withdrawn()
    {
        var asked = await _requests.AskAsync(Question("q"));
        var other = await _requests.AskAsync(Question("q2") with { RunId = "run_2" });
        await _requests.WithdrawAsync("run_1", "run ended");
        Assert.Equal(RequestState.Withdrawn, (await _requests.FindAsync(asked.RequestId, Token)).State);
        Assert.True((await _requests.FindAsync(other.RequestId, Token)).IsPending);
    }

    private static RequestDraft Question(string key) =>
        new() { Kind = RequestKind.Question, Key = key, RunId = "run_1", WorkerId = "term_1", WorkerType = "strict", Text = "Which colour?" };

    private static RequestDraft Permission(string key, string tool, string input) =>
        Question(key) with { Kind = RequestKind.Permission, Tool = tool, Input = input, WorkingDirectory = "/nowhere", Text = "?" };

    private RequestManager Open(RequestSettings settings)
    {
        var manager = new RequestManager(_store.Requests, settings, type => type == "lenient", _time);
        Assert.True(manager.StartAsync(Token).IsCompletedSuccessfully);
        return manager;
    }

    /// <summary>In steps, so that timers which are set meanwhile fire too.</summary>
    private async Task PassUntilAsync(Task waiting, TimeSpan time, bool mayEnd)
    {
        for (int i = 0; i < 50 && !waiting.IsCompleted; i++)
        {
            _time.Pass(time / 50);
            await Task.Delay(2, Token);
        }

        Assert.True(mayEnd || !waiting.IsCompleted);
    }
}
