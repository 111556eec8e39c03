using McpWorkers.Engine.Events;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: collecting, forgetting, and the cursor over facts.</summary>
public abstract class RetentionContract : StoreContract
{
    [Fact]
    public async Task Collected_is_noted_once_and_for_settled_runs_only()
    {
        await Store.WithRunsAsync("w", "r");
        await Workers.AcceptAsync([Run("going", "w")]);
        await Workers.CollectedAsync(["r", "unknown", "going"], Noon.AddMinutes(1));
        await Workers.CollectedAsync(["r"], Noon.AddMinutes(2));
        Assert.Equal(Noon.AddMinutes(1), (await Workers.FindRunAsync("r", Token))!.Collected);
        Assert.Null((await Workers.FindRunAsync("going", Token))!.Collected);
    }

    [Fact]
    public async Task What_goes_on_is_collected_with_the_runs_before_it_in_whichever_order_they_end()
    {
        await Workers.AddWorkersAsync([Worker("w")]);
        await Workers.AcceptAsync([Run("a", "w"), Run("b", "w") with { Continues = "a" }, Run("c", "w") with { Continues = "b" }, Run("other", "w")]);
        await Workers.SettleAsync(GoneOn("a", "b"));
        await Workers.SettleAsync(Settled("c", "w"));
        await Workers.SettleAsync(Settled("other", "w"));
        Assert.Null((await Workers.FindRunAsync("a", Token))!.Collected);

        await Workers.CollectedAsync(["c"], Noon.AddMinutes(1));
        await Workers.SettleAsync(GoneOn("b", "c"));

        foreach (string run in new[] { "a", "b", "c" })
        {
            Assert.Equal(Noon.AddMinutes(1), (await Workers.FindRunAsync(run, Token))!.Collected);
        }

        Assert.Null((await Workers.FindRunAsync("other", Token))!.Collected);

        static SettledRun GoneOn(string run, string next)
        {
            var settled = Settled(run, "w");
            settled.Result["metadata"]!["continued_by"] = next;
            return settled;
        }
    }

    [Fact]
    public async Task Settled_runs_are_listed_the_longest_settled_first()
    {
        await Workers.AddWorkersAsync([Worker("open"), Worker("closed")]);
        await Workers.AcceptAsync([Run("a", "open"), Run("b", "closed"), Run("c", "open"), Run("going", "open")]);
        await Workers.SettleAsync(Settled("a", "open", at: Noon.AddMinutes(3)));
        await Workers.SettleAsync(Settled("b", "closed", at: Noon.AddMinutes(2)));
        await Workers.SettleAsync(Settled("c", "open", at: Noon.AddMinutes(1)));
        await Workers.CloseAsync("closed", "asked", Noon);
        await Workers.CollectedAsync(["b"], Noon);
        RetainedRun[] expected =
        [
            new("c", "open", Noon.AddMinutes(1), Collected: false, IsLast: true),
            new("b", "closed", Noon.AddMinutes(2), Collected: true, IsLast: false),
            new("a", "open", Noon.AddMinutes(3), Collected: false, IsLast: false),
        ];
        Assert.Equal(expected, await Workers.SettledRunsAsync(Token));
    }

    [Fact]
    public async Task Removing_forgets_settled_runs_and_closed_workers_without_any()
    {
        await Store.WithRunsAsync("open", "a");
        await Store.WithRunsAsync("closed", "b", "c");
        await Workers.AcceptAsync([Run("going", "open")]);
        await Workers.CloseAsync("closed", "asked", Noon);
        await Workers.RemoveAsync(["a", "b", "going", "unknown"]);
        Assert.Null(await Workers.FindRunAsync("a", Token));
        Assert.NotNull(await Workers.FindRunAsync("going", Token));
        Assert.Equal(["c"], (await Workers.SettledRunsAsync(Token)).Select(run => run.RunId));
        var open = Assert.Single((await Workers.LoadAsync(Token)).Workers);
        Assert.Equal(("open", null, 1), (open.WorkerId, open.LastRun, open.RunsDone));

        // Its id may come again only once it is forgotten.
        await Assert.ThrowsAsync<ArgumentException>(() => Workers.AddWorkersAsync([Worker("closed")]));
        await Workers.RemoveAsync(["c"]);
        await Workers.AddWorkersAsync([Worker("closed")]);
    }

    [Fact]
    public async Task Facts_are_paged_by_a_cursor()
    {
        await Store.WithRunsAsync("w", "r1", "r2");
        var page = await Workers.EventsAsync(1, 3, Token);
        Assert.Equal([2L, 3, 4], page.Facts.Select(fact => fact.Number));
        Assert.Equal((false, 5), (page.Gap, page.Last));
        var end = await Workers.EventsAsync(5, 1, Token);
        Assert.Equal((0, false, 5), (end.Facts.Count, end.Gap, end.Last));
    }

    [Fact]
    public async Task An_empty_store_has_no_gap() => AssertPage(await Workers.EventsAsync(0, 10, Token), [], gap: false, last: 0);

    [Fact]
    public async Task Forgotten_facts_leave_a_gap_and_their_numbers_are_not_given_again()
    {
        for (int i = 1; i <= 4; i++)
        {
            await Workers.AddWorkersAsync([Worker($"w{i}", Noon.AddMinutes(i))]);
        }

        await Workers.RemoveEventsAsync(Noon.AddMinutes(3));
        AssertPage(await Workers.EventsAsync(0, 10, Token), [3, 4], gap: true, last: 4);
        AssertPage(await Workers.EventsAsync(1, 10, Token), [3, 4], gap: true, last: 4);
        AssertPage(await Workers.EventsAsync(2, 10, Token), [3, 4], gap: false, last: 4);

        await Workers.RemoveEventsAsync(Noon.AddMinutes(9));
        AssertPage(await Workers.EventsAsync(0, 10, Token), [], gap: true, last: 4);
        AssertPage(await Workers.EventsAsync(4, 10, Token), [], gap: false, last: 4);
        Assert.Equal(4, (await Workers.LoadAsync(Token)).LastEvent);

        await Workers.AddWorkersAsync([Worker("w5")]);
        AssertPage(await Workers.EventsAsync(4, 10, Token), [5], gap: false, last: 5);
    }

    [Fact]
    public async Task A_cursor_of_another_store_is_a_gap()
    {
        await Workers.AddWorkersAsync([Worker("w")]);
        AssertPage(await Workers.EventsAsync(500, 10, Token), [], gap: true, last: 1);
    }

    [Fact]
    public async Task A_clock_that_was_stepped_leaves_no_hole_between_facts()
    {
        await Workers.AddWorkersAsync([Worker("w1"), Worker("w2", Noon.AddDays(1)), Worker("w3"), Worker("w4", Noon.AddDays(1))]);
        await Workers.RemoveEventsAsync(Noon.AddHours(1));
        AssertPage(await Workers.EventsAsync(0, 10, Token), [2, 3, 4], gap: true, last: 4);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 10_001)]
    public async Task A_page_has_bounds(long after, int max) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Workers.EventsAsync(after, max, Token));

    private static void AssertPage(EventPage page, long[] numbers, bool gap, long last)
    {
        Assert.Equal(numbers, page.Facts.Select(fact => fact.Number));
        Assert.Equal((gap, last), (page.Gap, page.Last));
        Assert.All(page.Facts, fact => Assert.Equal(WorkerEventKind.Spawned, fact.Kind));
    }
}
