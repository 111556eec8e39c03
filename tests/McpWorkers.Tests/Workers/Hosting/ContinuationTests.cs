using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Tests.Storage;
using Xunit;
using static McpWorkers.Tests.Workers.Hosting.ContinuationScene;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Runs that end while they wait for an answer.</summary>
public sealed class ContinuationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task The_answer_begins_another_run_of_the_session_and_who_waited_gets_its_result()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var waiting = host.Manager.WaitAsync(run, Token);
        var after = host.Manager.ExecuteAsync(worker, host.FileIn("go"), cancellationToken: Token);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);

        Assert.Equal(0, host.Manager.Health().RunsActive);
        var snapshot = host.Manager.List().Single();
        Assert.Equal((WorkerStatus.Running, asked.RequestId), (snapshot.Status, snapshot.WaitingFor?.RequestId));
        Assert.Equal(asked.RequestId, (string?)(await host.Manager.CollectAsync([worker], Token))[worker].Metadata["waiting_for"]?["request_id"]);

        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");

        var result = await waiting.WaitAsync(Patience, Token);
        Assert.Equal(WorkerStatus.Completed, result.Status);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);
        Assert.Equal(run, (string?)result.Metadata["continues"]);
        var first = await host.Manager.FindRunAsync(run, Token);
        Assert.Equal((WorkerStatus.Cancelled, "continued"), (first.Status, (string?)first.Result.Metadata["outcome"]));
        Assert.Equal((string?)result.Metadata["run_id"], (string?)first.Result.Metadata["continued_by"]);

        // The prompt that had waited comes after both.
        Assert.StartsWith("resumed", (await after.WaitAsync(Patience, Token)).Output, StringComparison.Ordinal);
        Assert.Equal(3, host.Manager.List().Single().RunsDone);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_waits_over_a_restart_and_goes_on_once()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await host.LeaveAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "", Token);

        await host.OpenAsync();
        await Until(() => host.Manager.Health().RunsActive == 0);
        Assert.Equal(asked.RequestId, host.Manager.List().Single().WaitingFor?.RequestId);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);

        await host.OpenAsync();
        Assert.Equal(2, host.Manager.List().Single().RunsDone);
        Assert.Contains("blue", (await host.Manager.WaitAsync(run, Token)).Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_permission_that_is_denied_late_ends_the_run_as_its_agent_did_and_says_so()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Permission);
        await EndFirstAsync(host, worker);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Deny("not here"), "cli");
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Equal((WorkerStatus.Completed, "first", "completed_with_denials"), (result.Status, result.Output, (string?)result.Metadata["outcome"]));
        Assert.Equal("Bash", (string?)result.Metadata["denied_tools"]?[0]);
        Assert.Equal(1, host.Manager.List().Single().RunsDone);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_call_that_is_answered_on_its_input_is_asked_about_once_the_store_takes_it_again()
    {
        RefusingRequests? requests = null;
        await using var host = await OpenAsync();
        host.Around = store => new StoreParts(store) { Requests = requests = new(store.Requests) };
        await host.OpenAsync();
        var (_, run) = await BeginAsync(host);
        requests!.Refuses = true;
        var answer = host.Manager.Voice.AnswerAsync(run, new("call_1", "Bash", "{}"), Patience, Token);
        await Until(() => requests.Refused > 0);
        Assert.False(answer.IsCompleted);
        requests.Refuses = false;
        var asked = await PendingAsync(host, run);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(), "cli");
        Assert.True((await answer.WaitAsync(Patience, Token)).Allows);
        await LetFirstEndAsync(host);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_run_that_waits_can_be_stopped_and_its_request_is_withdrawn()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        Assert.True(await host.Manager.CancelAsync(worker, "enough", cancellationToken: Token).WaitAsync(Patience, Token));
        Assert.Equal(WorkerStatus.Cancelled, (await host.Manager.WaitAsync(run, Token)).Status);
        Assert.Equal(RequestState.Withdrawn, (await host.Manager.Requests.FindAsync(asked.RequestId, Token)).State);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_was_answered_and_delivered_while_it_ran_holds_nothing_up()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        var decided = await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        await host.Manager.Requests.DeliverAsync(decided);
        await File.WriteAllTextAsync(host.FileIn("go"), "", Token);
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Equal(("first", "completed"), (result.Output, (string?)result.Metadata["outcome"]));
    }
}
