using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Memory;

public sealed class MemoryStoreTests : DataStoreContract
{
    protected override Task<IDataStore> OpenAsync() => Task.FromResult<IDataStore>(new MemoryStore());

    [Fact]
    public void It_says_what_it_is() => Assert.Equal(new StoreInfo("memory", "", "", "", null), Store.Info);

    [Fact]
    public async Task The_oldest_facts_are_forgotten_beyond_the_bound()
    {
        await Workers.AddWorkersAsync([.. Enumerable.Range(0, MemoryFacts.Max + 5).Select(i => Worker($"w{i}"))]);
        var page = await Workers.EventsAsync(0, 10_000, Token);
        Assert.Equal((6, MemoryFacts.Max, true, MemoryFacts.Max + 5), (page.Facts[0].Number, page.Facts.Count, page.Gap, page.Last));
    }
}
