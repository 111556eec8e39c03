using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: workers and runs.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private IDataStore? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IDataStore Store => _store!;

    protected IWorkerStore Workers => Store.Workers;

    protected abstract Task<IDataStore> OpenAsync();

    public virtual async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_worker_is_loaded_as_it_was_added()
    {
        var worker = Worker("w1") with
        {
            Model = "m-1",
            Permission = Permission.Edit,
            ParentRun = "run_0",
            Created = Noon.AddTicks(1234567),
            SessionId = "s",
            SessionUsage = new(1, 2, 3, 4, 5, true),
            SessionCostUsd = 12345678901234567890.123456789m,
            RunsDone = 7,
        };
        await Workers.AddWorkersAsync([worker, Worker("w2")]);
        Assert.Equal([worker, Worker("w2")], (await Workers.LoadAsync(Token)).Workers);
    }

    [Fact]
    public async Task A_time_of_another_zone_is_the_same_moment()
    {
        await Workers.AddWorkersAsync([Worker("w", Noon.ToOffset(TimeSpan.FromHours(5)))]);
        Assert.Equal(Noon, (await Workers.LoadAsync(Token)).Workers[0].Created);
    }

    [Fact]
    public async Task A_run_is_found_as_it_was_accepted()
    {
        var run = Run("r", "w", "Grüße\0 \u2028 \U0001F600\r\n' \"$x ?1");
        await Workers.AcceptAsync([run]);
        Assert.Equal(run, await Workers.FindRunAsync("r", Token));
        Assert.Equal([run], (await Workers.LoadAsync(Token)).Unsettled);
        Assert.Null(await Workers.FindRunAsync("R", Token));
    }

    [Fact]
    public async Task A_launched_run_has_no_prompt_any_more()
    {
        await Workers.AcceptAsync([Run("r", "w")]);
        await Workers.LaunchedAsync("r", Noon.AddSeconds(1));
        Assert.Equal(Run("r", "w") with { Prompt = null, State = RunState.Launched }, await Workers.FindRunAsync("r", Token));
    }

    [Fact]
    public async Task A_settled_run_moves_its_workers_session_on()
    {
        await Workers.AddWorkersAsync([Worker("w")]);
        await Workers.AcceptAsync([Run("r", "w")]);
        var settled = Settled("r", "w", at: Noon.AddMinutes(1));
        Assert.True(await Workers.SettleAsync(settled));

        var contents = await Workers.LoadAsync(Token);
        var worker = Assert.Single(contents.Workers);
        Assert.Empty(contents.Unsettled);
        Assert.Equal(("session of r", settled.SessionUsage, 0.0123m, 1), (worker.SessionId, worker.SessionUsage, worker.SessionCostUsd, worker.RunsDone));
        Assert.Equal((RunState.Settled, Noon.AddMinutes(1), (DateTimeOffset?)null, (string?)null),
            (worker.LastRun!.State, worker.LastRun.Settled!.Value, worker.LastRun.Collected, worker.LastRun.Prompt));
        Assert.Equal(settled.Result.ToJsonString(), worker.LastRun.Result!.ToJsonString());
    }

    [Fact]
    public async Task A_result_that_is_changed_outside_is_not_changed_inside()
    {
        await Workers.AcceptAsync([Run("r", "w")]);
        var settled = Settled("r", "w");
        string before = settled.Result.ToJsonString();
        var write = Workers.SettleAsync(settled);
        settled.Result["status"] = "changed";
        await write;
        (await Workers.FindRunAsync("r", Token))!.Result!["status"] = "changed again";
        Assert.Equal(before, (await Workers.FindRunAsync("r", Token))!.Result!.ToJsonString());
    }

    [Fact]
    public async Task A_run_is_settled_once()
    {
        await Store.WithRunsAsync("w");
        await Workers.AcceptAsync([Run("r", "w")]);
        bool[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => Workers.SettleAsync(Settled("r", "w", i % 2 == 0 ? WorkerStatus.Completed : WorkerStatus.Failed)))));
        Assert.Single(answers, true);
        Assert.False(await Workers.SettleAsync(Settled("r", "w")));
        Assert.Equal(1, (await Workers.LoadAsync(Token)).Workers[0].RunsDone);
        Assert.Single(await FactsAsync(), fact => fact.Kind == WorkerEventKind.Settled);
    }

    [Fact]
    public async Task What_is_unknown_is_neither_settled_nor_launched_nor_closed()
    {
        Assert.False(await Workers.SettleAsync(Settled("r", "w")));
        await Workers.LaunchedAsync("r", Noon);
        await Workers.CollectedAsync(["r"], Noon);
        Assert.False(await Workers.CloseAsync("w", "gone", Noon));
        Assert.Empty(await FactsAsync());
        Assert.Null(await Workers.FindRunAsync("r", Token));
    }

    [Fact]
    public async Task A_settled_run_is_not_launched_afterwards()
    {
        await Store.WithRunsAsync("w", "r");
        await Workers.LaunchedAsync("r", Noon);
        Assert.Equal(RunState.Settled, (await Workers.FindRunAsync("r", Token))!.State);
        Assert.DoesNotContain(await FactsAsync(), fact => fact.Kind == WorkerEventKind.Started);
    }

    [Fact]
    public async Task A_worker_is_closed_once()
    {
        await Store.WithRunsAsync("w", "r");
        Assert.True(await Workers.CloseAsync("w", "asked", Noon));
        Assert.False(await Workers.CloseAsync("w", "asked", Noon));
        Assert.Empty((await Workers.LoadAsync(Token)).Workers);
        Assert.Equal(new WorkerEvent(4, Noon, WorkerEventKind.Closed, "w", null, WorkerStatus.Completed, "asked"), (await FactsAsync())[^1]);
    }

    [Fact]
    public async Task Loading_gives_the_run_settled_last_and_the_unsettled_in_order()
    {
        await Workers.AddWorkersAsync([Worker("b", Noon.AddDays(1)), Worker("a")]);
        await Workers.AcceptAsync([Run("r3", "a"), Run("r1", "b"), Run("r2", "a")]);
        await Workers.AcceptAsync([Run("r0", "a", accepted: Noon.AddHours(-1))]);
        await Workers.SettleAsync(Settled("r2", "a", at: Noon.AddMinutes(9)));
        await Workers.SettleAsync(Settled("r3", "a", at: Noon.AddMinutes(1)));
        await Workers.LaunchedAsync("r0", Noon);

        var contents = await Workers.LoadAsync(Token);
        Assert.Equal(["b", "a"], contents.Workers.Select(worker => worker.WorkerId));
        Assert.Equal([null, "r3"], contents.Workers.Select(worker => worker.LastRun?.RunId));
        Assert.Equal(["r1", "r0"], contents.Unsettled.Select(run => run.RunId));
        Assert.Equal(9, contents.LastEvent);
    }

    [Fact]
    public async Task A_batch_is_taken_whole_or_not_at_all()
    {
        await Store.WithRunsAsync("w", "r");
        long before = (await Workers.LoadAsync(Token)).LastEvent;
        await Assert.ThrowsAsync<ArgumentException>(() => Workers.AcceptAsync([Run("new", "w"), Run("r", "w")]));
        await Assert.ThrowsAsync<ArgumentException>(() => Workers.AcceptAsync([Run("twice", "w"), Run("twice", "w")]));
        await Assert.ThrowsAsync<ArgumentException>(() => Workers.AddWorkersAsync([Worker("new"), Worker("w")]));

        var contents = await Workers.LoadAsync(Token);
        Assert.Equal(["w"], contents.Workers.Select(worker => worker.WorkerId));
        Assert.Empty(contents.Unsettled);
        Assert.Equal(before, contents.LastEvent);
    }

    [Fact]
    public async Task A_write_that_fails_leaves_those_beside_it_alone()
    {
        await Workers.AcceptAsync([Run("taken", "w")]);
        Task[] writes = [.. Enumerable.Range(0, 100).Select(i => Workers.AcceptAsync([Run(i % 10 == 5 ? "taken" : $"r{i}", "w")]))];
        await Task.WhenAll(writes).ContinueWith(static _ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 10 == 5), writes.Select(write => write.IsFaulted));

        var facts = await FactsAsync();
        Assert.Equal(Enumerable.Range(1, 91).Select(n => (long)n), facts.Select(fact => fact.Number));
        Assert.Equal(["taken", .. Enumerable.Range(0, 100).Where(i => i % 10 != 5).Select(i => $"r{i}")], facts.Select(fact => fact.RunId));
    }

    [Fact]
    public async Task What_is_called_first_is_committed_first()
    {
        var order = new List<string>();
        Store.Committed = facts => order.AddRange(facts.Select(fact => fact.RunId!));
        string[] ids = [.. Enumerable.Range(0, 2500).Select(i => $"r{i}")];
        await Task.WhenAll(ids.Select(id => Workers.AcceptAsync([Run(id, "w")])));
        Assert.Equal(ids, order);
        Assert.Equal(ids, (await Workers.LoadAsync(Token)).Unsettled.Select(run => run.RunId));
    }

    [Fact]
    public async Task Facts_are_told_in_order_and_before_the_write_returns()
    {
        var told = new List<WorkerEvent>();
        Store.Committed = facts =>
        {
            lock (told)
            {
                told.AddRange(facts);
            }
        };
        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(
            async () =>
            {
                for (int i = 0; i < 25; i++)
                {
                    string id = $"r{writer}-{i}";
                    await Workers.AcceptAsync([Run(id, "w")]);
                    lock (told)
                    {
                        Assert.Contains(told, fact => fact.RunId == id);
                    }
                }
            },
            Token)));
        Assert.Equal(Enumerable.Range(1, 400).Select(n => (long)n), told.Select(fact => fact.Number));
        Assert.Equal(told, await FactsAsync());
    }

    [Fact]
    public async Task Each_write_has_its_fact()
    {
        await Workers.AddWorkersAsync([Worker("w")]);
        await Workers.AcceptAsync([Run("r", "w", accepted: Noon.AddSeconds(1))]);
        await Workers.LaunchedAsync("r", Noon.AddSeconds(2));
        await Workers.SettleAsync(Settled("r", "w", WorkerStatus.Timeout, Noon.AddSeconds(3)));
        await Workers.CloseAsync("w", "idle", Noon.AddSeconds(4));
        WorkerEvent[] expected =
        [
            new(1, Noon, WorkerEventKind.Spawned, "w", null, WorkerStatus.Pending, "terminal-qwen"),
            new(2, Noon.AddSeconds(1), WorkerEventKind.Queued, "w", "r", WorkerStatus.Starting, "accepted"),
            new(3, Noon.AddSeconds(2), WorkerEventKind.Started, "w", "r", WorkerStatus.Running, "started"),
            new(4, Noon.AddSeconds(3), WorkerEventKind.Settled, "w", "r", WorkerStatus.Timeout, "timeout"),
            new(5, Noon.AddSeconds(4), WorkerEventKind.Closed, "w", null, WorkerStatus.Timeout, "idle"),
        ];
        Assert.Equal(expected, await FactsAsync());
    }

    protected async Task<IReadOnlyList<WorkerEvent>> FactsAsync() => (await Workers.EventsAsync(0, 10_000, Token)).Facts;
}
