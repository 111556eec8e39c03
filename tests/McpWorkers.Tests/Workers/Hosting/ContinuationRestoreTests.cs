using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Runs;
using Xunit;
using static McpWorkers.Tests.Workers.Hosting.ContinuationScene;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Hosts that are cut off between an answer and the run that goes on with it.</summary>
public sealed class ContinuationRestoreTests
{
    private const int Limit = 60_000;
    private const string Next = "run_00000000000000a2";
    private const string Last = "run_00000000000000a3";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task What_goes_on_comes_before_the_prompts_that_were_given_meanwhile()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        string later = (await host.Manager.SubmitAsync(worker, "later")).RunId;
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await DecideAsync(store, asked.RequestId, RequestState.Answered, "blue");
            await store.Requests.ContinueAsync(asked.RequestId, Next);
            await store.Workers.AcceptAsync([Accepted(Next, worker, "blue", run)]);
        });

        await host.OpenAsync();
        await host.Manager.WaitAsync(later, Token).WaitAsync(Patience, Token);

        Assert.Equal(["blue", "later"], Launches(host).Skip(1).Select(line => line.Split(" | ")[1]));
        Assert.Equal(Next, (string?)(await host.Manager.FindRunAsync(run, Token)).Result.Metadata["continued_by"]);
    }

    [Fact(Timeout = Limit)]
    public async Task It_has_the_session_of_the_run_before_it_and_not_of_a_later_one()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        await LetFirstEndAsync(host);
        await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        await host.Manager.ExecuteAsync(worker, "more session=another", cancellationToken: Token).WaitAsync(Patience, Token);
        await host.BetweenAsync(store => store.Workers.AcceptAsync([Accepted(Next, worker, "on", run), Accepted(Last, worker, "plain")]));

        await host.OpenAsync();
        await host.Manager.WaitAsync(Last, Token).WaitAsync(Patience, Token);

        Assert.Equal(["| on", "| plain"], Launches(host).Skip(2).Select(line => line[line.IndexOf('|', StringComparison.Ordinal)..]));
        Assert.All(Launches(host).Skip(2), line => Assert.Contains("--resume the-session ", line, StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task What_goes_on_with_a_run_that_never_began_has_no_session_of_other_work()
    {
        await using var host = await OpenAsync();
        const string Worker = "term_0000000000a1";
        await host.Manager.Planned.SpawnAsync(Worker, new(), Caller.Owner);
        await LetFirstEndAsync(host);
        await host.Manager.ExecuteAsync(Worker, host.FileIn("go"), cancellationToken: Token).WaitAsync(Patience, Token);
        await host.BetweenAsync(store => store.Workers.AcceptAsync([Accepted(Next, Worker, host.FileIn("go"), "run_00000000000000a1")]));

        await host.OpenAsync();
        await host.Manager.WaitAsync(Next, Token).WaitAsync(Patience, Token);

        Assert.DoesNotContain("--resume", Launches(host)[^1], StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_chain_leads_whoever_waits_to_its_end_and_is_collected_with_it()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await DecideAsync(store, asked.RequestId, RequestState.Answered, "blue");
            await store.Requests.ContinueAsync(asked.RequestId, Next);
            await store.Requests.AddAsync(Noted("req_2", worker, Next, RequestKind.Budget));
            await DecideAsync(store, "req_2", RequestState.Allowed);
            await store.Requests.ContinueAsync("req_2", Last);
            await store.Workers.AcceptAsync([Accepted(Next, worker, "blue", run), Accepted(Last, worker, "blue", Next)]);
        });

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.Equal((Last, Next), ((string?)result.Metadata["run_id"], (string?)result.Metadata["continues"]));
        Assert.Equal(2, Launches(host).Length);
        await Until(() => host.Host.Live.Continued == 0);
        await host.BetweenAsync(async store =>
        {
            foreach (string each in new[] { run, Next, Last })
            {
                Assert.NotNull((await store.Workers.FindRunAsync(each, Token))?.Collected);
            }
        });
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_that_was_taken_for_the_next_run_begins_it_once()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await DecideAsync(store, asked.RequestId, RequestState.Answered, "blue");
            await store.Requests.ContinueAsync(asked.RequestId, Next);
            await store.Requests.DeliverAsync(asked.RequestId, TimeProvider.System.GetUtcNow());
        });

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        await host.OpenAsync();

        Assert.Equal(Next, (string?)result.Metadata["run_id"]);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);
        Assert.Equal((2, 2), (Launches(host).Length, host.Manager.List().Single().RunsDone));
    }

    [Fact(Timeout = Limit)]
    public async Task A_run_that_was_never_launched_is_prompted_once_and_in_its_own_words()
    {
        await using var host = await OpenAsync();
        string worker = (await host.Manager.SpawnAsync(new(), Token)).Single();
        await LetFirstEndAsync(host);
        const string First = "run_00000000000000a1";
        await host.BetweenAsync(async store =>
        {
            await store.Workers.AcceptAsync([Accepted(First, worker, host.FileIn("go"))]);
            await store.Requests.AddAsync(Noted("req_1", worker, First, RequestKind.Budget));
            await DecideAsync(store, "req_1", RequestState.Allowed);
            await store.Requests.ContinueAsync("req_1", Next);
        });

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(First, Token).WaitAsync(Patience, Token);

        Assert.Equal((WorkerStatus.Completed, Next), (result.Status, (string?)result.Metadata["run_id"]));
        Assert.EndsWith(" | " + host.FileIn("go"), Assert.Single(Launches(host)), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_that_the_agent_has_got_begins_no_other_run_though_no_host_was_told()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new Engine.Requests.RequestVerdict.Answer("blue"), "cli");
        await host.LeaveAsync();
        GivenAnswers.Note(Path.Combine(host.Data, "runs", run), asked.RequestId);
        await LetFirstEndAsync(host);

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.Equal((run, "first"), ((string?)result.Metadata["run_id"], result.Output));
        Assert.NotNull((await host.Manager.Requests.FindAsync(asked.RequestId, Token)).Delivered);
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_that_the_agent_has_not_got_goes_to_the_next_run()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new Engine.Requests.RequestVerdict.Answer("blue"), "cli");
        await host.LeaveAsync();
        await LetFirstEndAsync(host);

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.Contains("blue", result.Output, StringComparison.Ordinal);
        Assert.Equal(run, (string?)result.Metadata["continues"]);
    }

    [Fact(Timeout = Limit)]
    public async Task Nobody_is_kept_waiting_at_the_start_for_what_waits_for_an_answer()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);

        await host.OpenAsync().WaitAsync(TimeSpan.FromSeconds(4), Token);

        Assert.Equal(asked.RequestId, host.Manager.List().Single().WaitingFor?.RequestId);
    }

    [Fact(Timeout = Limit)]
    public async Task A_run_that_is_lost_and_one_that_is_over_leave_no_request()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await store.Requests.AddAsync(Noted("req_over", worker, "run_00000000000000ff", RequestKind.Question));
            Directory.Delete(Path.Combine(host.Data, "runs", run), recursive: true);
        });

        await host.OpenAsync();

        Assert.Equal("lost", (string?)(await host.Manager.FindRunAsync(run, Token)).Result.Metadata["outcome"]);
        Assert.Empty(host.Manager.Requests.Pending);
        Assert.Equal("its run is lost", (await host.Manager.Requests.FindAsync(asked.RequestId, Token)).DecidedBy);
        Assert.Equal(RequestState.Withdrawn, (await host.Manager.Requests.FindAsync("req_over", Token)).State);
    }
}
