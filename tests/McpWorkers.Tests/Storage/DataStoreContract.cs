using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: calls and tokens, beside all else.</summary>
public abstract class DataStoreContract : TaskContract
{
    [Fact]
    public async Task A_call_is_found_as_it_was_added()
    {
        var refused = Settled("x", "w").Result;
        await Store.Calls.AddAsync(new("c", "worker_batch", "run_1", Noon, [new("r1", null), new(null, refused), new("r2", null)]));
        var call = await Store.Calls.FindAsync("c", Token);
        Assert.Equal(("c", "worker_batch", "run_1", Noon), (call!.CallId, call.Kind, call.ParentRun, call.Created));
        Assert.Equal(["r1", null, "r2"], call.Items.Select(item => item.RunId));
        Assert.Equal([null, refused.ToJsonString(), null], call.Items.Select(item => item.Refused?.ToJsonString()));
        Assert.Null(await Store.Calls.FindAsync("C", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.Calls.AddAsync(new("c", "again", null, Noon, [])));
    }

    [Fact]
    public async Task A_held_pool_is_listed_as_it_was_saved_last_until_it_is_removed()
    {
        var told = new List<string>();
        Store.Committed = facts => told.AddRange(facts.Select(fact => $"{fact.Kind} {fact.Text}"));
        var held = new Breaker
        {
            Pool = "qwen#0a1b2c3d", Opened = Noon.AddTicks(1234567), Until = Noon.AddHours(5), IsStated = true, Probes = 2, Signal = "s", Message = "Grüße \U0001F600",
        };
        var other = held with { Pool = "claude", IsStated = false, Probes = 0 };
        await Store.Breakers.SaveAsync(held with { Probes = 1, Until = Noon }, Fact(WorkerEventKind.PoolParked, "one"));
        await Store.Breakers.SaveAsync(held);
        await Store.Breakers.SaveAsync(other);
        Assert.Equal([other, held], await Store.Breakers.ListAsync(Token));

        await Store.Breakers.RemoveAsync("claude", Fact(WorkerEventKind.PoolResumed, "two"));
        await Store.Breakers.RemoveAsync("claude", Fact(WorkerEventKind.PoolResumed, "three"));
        Assert.Equal([held], await Store.Breakers.ListAsync(Token));
        Assert.Equal(["PoolParked one", "PoolResumed two"], told);

        static WorkerEvent Fact(WorkerEventKind kind, string text) => WorkerEvent.OfQueue(Noon, kind, text);
    }

    [Fact]
    public async Task Old_calls_are_forgotten()
    {
        await Store.Calls.AddAsync(new("old", "k", null, Noon, []));
        await Store.Calls.AddAsync(new("new", "k", null, Noon.AddHours(1), []));
        await Store.Calls.RemoveAsync(Noon.AddHours(1));
        Assert.Null(await Store.Calls.FindAsync("old", Token));
        Assert.Empty((await Store.Calls.FindAsync("new", Token))!.Items);
    }

    [Fact]
    public async Task Tokens_are_listed_oldest_first_and_their_names_are_unique()
    {
        var first = new StoredToken("first", "aa", TokenScope.Read, Noon, Noon.AddDays(1));
        var second = new StoredToken("second", "bb", TokenScope.Operate, Noon.AddHours(1));
        Assert.True(await Store.Tokens.AddAsync(second));
        Assert.True(await Store.Tokens.AddAsync(first));
        Assert.False(await Store.Tokens.AddAsync(new("first", "cc", TokenScope.Admin, Noon)));
        Assert.Equal([first, second], await Store.Tokens.ListAsync(Token));

        await Store.Tokens.UsedAsync("second", Noon.AddHours(2));
        await Store.Tokens.UsedAsync("third", Noon);
        Assert.Equal([first, second with { LastUsed = Noon.AddHours(2) }], await Store.Tokens.ListAsync(Token));

        Assert.True(await Store.Tokens.RemoveAsync("first"));
        Assert.False(await Store.Tokens.RemoveAsync("first"));
        Assert.Equal("second", Assert.Single(await Store.Tokens.ListAsync(Token)).Name);
    }
}
