using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

public sealed class SqliteStoreTests : DataStoreContract
{
    private readonly StoreFolder _folder = new();

    protected override async Task<IDataStore> OpenAsync() => await _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Everything_is_there_after_it_was_closed_and_opened()
    {
        await Store.WithRunsAsync("w", "r1", "r2");
        await Workers.AcceptAsync([Run("going", "w", "the prompt")]);
        await Workers.CollectedAsync(["r1"], Noon);
        await Store.Calls.AddAsync(new("c", "k", null, Noon, [new("going", null)]));
        await Store.Tokens.AddAsync(new("t", "aa", TokenScope.Admin, Noon));
        var before = await Workers.LoadAsync(Token);
        var factsBefore = await FactsAsync();
        await Store.DisposeAsync();

        await using var again = await _folder.OpenAsync();
        var after = await again.Workers.LoadAsync(Token);
        Assert.Equal(before.Unsettled, after.Unsettled);
        Assert.Equal("r2", Assert.Single(after.Workers).LastRun!.RunId);
        Assert.Equal(factsBefore, (await again.Workers.EventsAsync(0, 100, Token)).Facts);
        Assert.Equal(Noon, (await again.Workers.FindRunAsync("r1", Token))!.Collected);
        Assert.Equal("going", (await again.Calls.FindAsync("c", Token))!.Items[0].RunId);
        Assert.Equal("t", (await again.Tokens.ListAsync(Token))[0].Name);
    }

    [Fact]
    public async Task Numbers_of_forgotten_facts_are_not_given_again_after_it_was_closed()
    {
        await Workers.AddWorkersAsync([Worker("w1"), Worker("w2")]);
        await Workers.RemoveEventsAsync(Noon.AddDays(1));
        await Store.DisposeAsync();

        await using var again = await _folder.OpenAsync();
        await again.Workers.AddWorkersAsync([Worker("w3")]);
        var page = await again.Workers.EventsAsync(0, 10, Token);
        Assert.Equal((3, true), (Assert.Single(page.Facts).Number, page.Gap));
    }

    [Fact]
    public async Task Writes_in_line_are_committed_before_it_is_closed_and_none_after()
    {
        Task[] writes = [.. Enumerable.Range(0, 3000).Select(i => Workers.AcceptAsync([Run($"r{i}", "w")]))];
        await Store.DisposeAsync();
        await Task.WhenAll(writes);
        Assert.Equal(StoreFault.Closed, (await Assert.ThrowsAsync<StoreException>(() => Workers.AcceptAsync([Run("late", "w")]))).Fault);
        Assert.Equal(StoreFault.Closed, (await Assert.ThrowsAsync<StoreException>(() => Workers.LoadAsync(Token))).Fault);

        await using var again = await _folder.OpenAsync();
        Assert.Equal(3000, (await again.Workers.LoadAsync(Token)).Unsettled.Count);
    }

    [Fact]
    public async Task The_log_stays_small_however_much_is_written()
    {
        for (int i = 0; i < 40; i++)
        {
            await Workers.AcceptAsync([.. Enumerable.Range(0, 50).Select(each => Run($"r{i}-{each}", "w", new string('p', 8000)))]);
        }

        // 16 MB and more went through it.
        Assert.InRange(new FileInfo(_folder.Database + "-wal").Length, 1, 8 * 1024 * 1024);
    }

    [Fact]
    public async Task Its_files_are_their_owners_alone()
    {
        await Store.WithRunsAsync("w", "r");
        string[] files = Directory.GetFiles(_folder.Root);
        Assert.Equal(
            ["mcpworkers.db", "mcpworkers.db-shm", "mcpworkers.db-wal", "mcpworkers.db.ballast", "mcpworkers.db.lock"],
            files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The rights are those of Unix.");
            return;
        }

        foreach (string file in files)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Closing_leaves_no_log()
    {
        await Store.WithRunsAsync("w", "r");
        await Store.DisposeAsync();
        Assert.False(File.Exists(_folder.Database + "-wal"));
    }

    [Fact]
    public void It_says_what_it_is()
    {
        Assert.Equal(("sqlite", _folder.Database), (Store.Info.Kind, Store.Info.Path));
        Assert.Matches(@"^3\.\d+\.\d+$", Store.Info.Version);
        if (BundledLibrary.IsAsked)
        {
            Assert.Equal(("bundled", "3.35.5"), (Store.Info.Library, Store.Info.Version));
        }

        Assert.Equal(Store.Info.Library == "bundled", Store.Info.Warning?.Contains("bundled", StringComparison.Ordinal) ?? false);
    }
}
