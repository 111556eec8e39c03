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
