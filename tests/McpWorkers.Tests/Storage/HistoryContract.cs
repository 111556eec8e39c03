using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: questions about what was.</summary>
public abstract class HistoryContract : RetentionContract
{
    private IHistoryStore History => Store.History;

    [Fact]
    public async Task A_run_is_told_in_few_words_from_acceptance_to_its_end()
    {
        await Workers.AddWorkersAsync([Worker("w")]);
        await Workers.AcceptAsync([Run("r", "w")]);
        var waiting = await History.FindRunAsync("r", Token);
        await Workers.LaunchedAsync("r", Noon.AddSeconds(1));
        var running = await History.FindRunAsync("r", Token);
        await Workers.SettleAsync(Ended("r", "w", WorkerStatus.Failed, cost: 0.0123m, input: 10, output: 4, error: "it broke"));
        var ended = (await History.FindRunAsync("r", Token))!;

        Assert.Equal(
            ("w", "terminal-qwen", "qwen", WorkerStatus.Starting, Noon, null),
            (waiting!.WorkerId, waiting.WorkerType, waiting.Agent, waiting.Status, waiting.Accepted, waiting.Started));
        Assert.Equal((WorkerStatus.Running, Noon.AddSeconds(1)), (running!.Status, running.Started));
        Assert.Equal((WorkerStatus.Failed, Noon.AddSeconds(2), Noon.AddSeconds(5)), (ended.Status, ended.Started, ended.Finished));
        Assert.Equal(
            ("failed", "error", TimeSpan.FromSeconds(3), new RunTokens(10, 4, 2, 3, 19), 0.0123m, "it broke"),
            (ended.Figures.Outcome, ended.Figures.Reason, ended.Figures.Duration, ended.Figures.Tokens, ended.Figures.CostUsd, ended.Figures.Error));
        Assert.Null(await History.FindRunAsync("R", Token));
    }

    [Fact]
    public async Task Runs_are_chosen_and_come_page_by_page_the_newest_first()
    {
        await Workers.AddWorkersAsync([Worker("a"), Worker("b") with { WorkerType = "terminal-claude" }]);
        await Workers.AcceptAsync([.. Enumerable.Range(0, 10).Select(i => Run($"r{i}", i % 2 == 0 ? "a" : "b", accepted: Noon.AddMinutes(i)))]);
        await Workers.SettleAsync(Ended("r4", "a", WorkerStatus.Failed));

        Assert.Equal(["r9", "r7", "r5", "r3", "r1"], await IdsAsync(new() { WorkerType = "terminal-claude" }));
        Assert.Equal(["r4"], await IdsAsync(new() { Status = WorkerStatus.Failed }));
        Assert.Equal(["r6", "r4"], await IdsAsync(new() { WorkerId = "a", Since = Noon.AddMinutes(3), Until = Noon.AddMinutes(8) }));
        var first = await History.RunsAsync(new() { Limit = 6 }, Token);
        var second = await History.RunsAsync(new() { Limit = 6, Before = first.NextBefore }, Token);
        Assert.Equal(["r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2", "r1", "r0"], first.Runs.Concat(second.Runs).Select(run => run.RunId));
        Assert.NotNull(first.NextBefore);
        Assert.Null(second.NextBefore);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => History.RunsAsync(new() { Limit = 1001 }, Token));
    }

    [Fact]
    public async Task Totals_are_by_status_type_and_day()
    {
        await Workers.AddWorkersAsync([Worker("a"), Worker("b") with { WorkerType = "terminal-claude" }]);
        await Workers.AcceptAsync([Run("r0", "a"), Run("r1", "b"), Run("r2", "b", accepted: Noon.AddDays(1)), Run("going", "b", accepted: Noon.AddDays(1))]);
        await Workers.SettleAsync(Ended("r0", "a", WorkerStatus.Completed, cost: 0.1m, input: 100, output: 10));
        await Workers.SettleAsync(Ended("r1", "b", WorkerStatus.Completed, cost: 0.2m, input: 200, output: 20));
        await Workers.SettleAsync(Ended("r2", "b", WorkerStatus.Timeout));

        RunTotal completed = new("completed", 2, 2, 0, 0, 0, 300, 30, 340, 0.3m, 6);
        Assert.Equal(
            [completed, new("starting", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), new("timeout", 1, 0, 0, 1, 0, 0, 0, 0, 0, 3)], await TotalsAsync(TotalsBy.Status));
        Assert.Equal(
            [new("terminal-claude", 3, 1, 0, 1, 0, 200, 20, 225, 0.2m, 6), new("terminal-qwen", 1, 1, 0, 0, 0, 100, 10, 115, 0.1m, 3)], await TotalsAsync(TotalsBy.Type));
        Assert.Equal([completed with { Key = "2026-03-01" }, new("2026-03-02", 2, 0, 0, 1, 0, 0, 0, 0, 0, 3)], await TotalsAsync(TotalsBy.Day));
        Assert.Equal(["2026-03-02"], (await TotalsAsync(TotalsBy.Day, since: Noon.AddHours(13))).Select(row => row.Key));
        Assert.Equal(["2026-03-01"], (await TotalsAsync(TotalsBy.Day, until: Noon.AddHours(13))).Select(row => row.Key));
    }

    [Fact]
    public async Task Facts_are_chosen_and_followed_by_a_cursor()
    {
        await Workers.AddWorkersAsync([Worker("a"), Worker("b") with { WorkerType = "terminal-claude" }]);
        await Workers.AcceptAsync([Run("r0", "a"), Run("r1", "b", accepted: Noon.AddMinutes(1))]);
        await Workers.SettleAsync(Ended("r0", "a", WorkerStatus.Failed, at: Noon.AddMinutes(2)));
        await Workers.SettleAsync(Ended("r1", "b", WorkerStatus.Failed, at: Noon.AddMinutes(3)));

        Assert.Equal([5, 6], await NumbersAsync(new() { Status = "failed" }));
        Assert.Equal([2, 4, 6], await NumbersAsync(new() { WorkerType = "terminal-claude" }));
        Assert.Equal([1, 3, 5], await NumbersAsync(new() { WorkerId = "a" }));
        Assert.Equal([4, 5], await NumbersAsync(new() { Since = Noon.AddMinutes(1), Until = Noon.AddMinutes(3) }));
        Assert.Equal([5, 6], await NumbersAsync(new() { Limit = 2 }));
        var page = await History.FactsAsync(new() { After = 0, Limit = 4 }, Token);
        Assert.Equal([1, 2, 3, 4], page.Facts.Select(fact => fact.Fact.Number));
        Assert.Equal((4L, false), (page.Last, page.Gap));
        Assert.Equal(["terminal-qwen", "terminal-claude"], page.Facts.Take(2).Select(fact => fact.WorkerType));
        var rest = await History.FactsAsync(new() { After = page.Last, Status = "completed" }, Token);
        Assert.Equal((0, 6L, false), (rest.Facts.Count, rest.Last, rest.Gap));

        await Workers.RemoveEventsAsync(Noon.AddMinutes(2));
        var late = await History.FactsAsync(new() { After = 1 }, Token);
        Assert.Equal([5, 6], late.Facts.Select(fact => fact.Fact.Number));
        Assert.True(late.Gap);
    }

    [Fact]
    public async Task A_run_that_is_forgotten_is_gone_from_the_history()
    {
        await Store.WithRunsAsync("w", "r1", "r2");
        await Workers.AcceptAsync([Run("going", "w")]);
        await Workers.RemoveAsync(["r1", "going"]);
        Assert.Equal(["going", "r2"], await IdsAsync(new()));
    }

    private static SettledRun Ended(
        string id, string workerId, WorkerStatus status, decimal? cost = null, long? input = null, long output = 0, string? error = null, DateTimeOffset? at = null) =>
        Settled(id, workerId, status, at ?? Noon.AddSeconds(6)) with
        {
            Result = new()
            {
                ["worker_id"] = workerId,
                ["status"] = status.ToWire(),
                ["error"] = error,
                ["duration_seconds"] = 3.0,
                ["metadata"] = new JsonObject
                {
                    ["outcome"] = "failed",
                    ["reason"] = "error",
                    ["cost_usd"] = cost,
                    ["usage"] = input is null ? null : new JsonObject
                    {
                        ["input_tokens"] = input,
                        ["output_tokens"] = output,
                        ["cached_input_tokens"] = 2,
                        ["cache_write_tokens"] = 3,
                        ["total_tokens"] = input + output + 5,
                    },
                    ["started_at"] = Noon.AddSeconds(2).UtcDateTime.ToString("O"),
                    ["finished_at"] = Noon.AddSeconds(5).UtcDateTime.ToString("O"),
                },
            },
        };

    private async Task<IEnumerable<string>> IdsAsync(RunQuery query) => (await History.RunsAsync(query, Token)).Runs.Select(run => run.RunId);

    private async Task<IEnumerable<long>> NumbersAsync(FactQuery query) => (await History.FactsAsync(query, Token)).Facts.Select(fact => fact.Fact.Number);

    private Task<IReadOnlyList<RunTotal>> TotalsAsync(TotalsBy by, DateTimeOffset? since = null, DateTimeOffset? until = null) =>
        History.TotalsAsync(by, since, until, Token);
}
