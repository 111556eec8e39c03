using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Tests.Storage;
using Xunit;
using static McpWorkers.Tests.Workers.Hosting.ContinuationScene;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Runs that are stopped while what they asked is open.</summary>
public sealed class ContinuationStopTests
{
    private const int Limit = 60_000;
    private const string Next = "run_00000000000000a2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task A_stop_is_heeded_while_the_store_is_away_and_holds_for_the_next_host()
    {
        RefusingRequests? requests = null;
        RefusingEnds? ends = null;
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        host.Around = store => new StoreParts(store) { Requests = requests = new(store.Requests), Workers = ends = new(store.Workers) };
        await host.OpenAsync();
        (requests!.Refuses, ends!.Refuses) = (true, true);
        await EndAsync(host, () => requests.Refused > 0);

        Assert.True(await host.Manager.CancelAsync(worker, "enough", cancellationToken: Token).WaitAsync(Patience, Token));
        var stopped = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        host.Around = static store => store;
        await host.OpenAsync();
        var found = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.Equal((WorkerStatus.Cancelled, "first"), (stopped.Status, stopped.Output));
        Assert.Equal((WorkerStatus.Cancelled, stopped.Error), (found.Status, found.Error));
        Assert.Equal(RequestState.Withdrawn, (await host.Manager.Requests.FindAsync(asked.RequestId, Token)).State);
    }

    [Fact(Timeout = Limit)]
    public async Task A_stop_that_comes_while_the_next_run_cannot_be_stored_begins_none()
    {
        RefusingRequests? requests = null;
        await using var host = await OpenAsync();
        host.Around = store => new StoreParts(store) { Requests = requests = new(store.Requests) };
        await host.OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        requests!.RefusesContinuing = true;
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        await Until(() => requests.Refused > 0);

        Assert.True(await host.Manager.CancelAsync(worker, "enough", cancellationToken: Token).WaitAsync(Patience, Token));
        Assert.Equal(WorkerStatus.Cancelled, (await host.Manager.WaitAsync(run, Token)).Status);
        Assert.Single(Launches(host));
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_host_that_was_cut_off_in_a_stop_leaves_a_run_that_is_stopped(bool wasTaken)
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await DecideAsync(store, asked.RequestId, RequestState.Withdrawn, by: "its run was stopped");
            if (wasTaken)
            {
                await store.Requests.ContinueAsync(asked.RequestId, Next);
            }
        });

        await host.OpenAsync();
        Assert.Equal(WorkerStatus.Cancelled, (await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token)).Status);
        Assert.Single(Launches(host));
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_that_is_closed_while_its_run_waits_is_gone_with_what_it_asked()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.Manager.CloseAsync(worker, Token).WaitAsync(Patience, Token);

        await host.OpenAsync();

        Assert.Equal(WorkerStatus.Cancelled, (await host.Manager.FindRunAsync(run, Token)).Status);
        Assert.Empty(host.Manager.List());
        Assert.Empty(host.Manager.Requests.Pending);
    }

    [Fact(Timeout = Limit)]
    public async Task What_goes_on_just_now_is_stopped_with_the_run_before_it()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        var answering = host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        await host.Manager.CancelRunAsync(run, "enough", Token).WaitAsync(Patience, Token);
        await Record.ExceptionAsync(() => answering);

        Assert.Equal(0, host.Manager.Health().RunsActive);
        await Until(() => host.Host.Live.FindLatest(run) is null);
    }

    [Fact(Timeout = Limit)]
    public async Task Checks_after_a_late_denial_have_a_place_among_the_runs()
    {
        await using var host = await OpenAsync();
        await host.OpenAsync();
        string checking = host.FileIn("checking");
        string checks = host.FileIn("checked");
        string worker = (await host.Manager.SpawnAsync(new() { Verify = [$"touch {checking}; until [ -e {checks} ]; do sleep 0.02; done"] }, Token)).Single();
        string run = (await host.Manager.SubmitAsync(worker, host.FileIn("go"))).RunId;
        await Until(() => host.Manager.List().Single() is { Status: WorkerStatus.Running, Activity: not "" });
        var asked = await AskAsync(host, worker, run, RequestKind.Permission);
        await EndFirstAsync(host, worker);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Deny(null), "cli");
        await Until(() => File.Exists(checking));

        Assert.Equal(1, host.Manager.Health().RunsActive);
        await File.WriteAllTextAsync(checks, "", Token);
        Assert.Equal("completed_with_denials", (string?)(await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token)).Metadata["outcome"]);
        Assert.Equal(0, host.Manager.Health().RunsActive);
    }

    private static async Task EndAsync(DurableHost host, Func<bool> isSo)
    {
        await LetFirstEndAsync(host);
        await Until(isSo);
    }
}
