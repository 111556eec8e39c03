using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

public sealed class StoreRepairTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_is_built_from_what_is_known_and_the_old_one_is_kept()
    {
        await MakeAsync();
        long last = await DamageRunsAsync();
        byte[] before = File.ReadAllBytes(_folder.Database);
        await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);

        var report = await StoreRepair.RebuildAsync(
            _folder.Database,
            [Worker("w1"), Worker("w2")],
            [Run("waiting", "w1", accepted: Noon.AddHours(2)), Run("launched", "w2", accepted: Noon.AddHours(1)) with { State = RunState.Launched }],
            [(Run("b", "w1"), Settled("b", "w1", at: Noon.AddMinutes(2))), (Run("a", "w1"), Settled("a", "w1", WorkerStatus.Failed, Noon.AddMinutes(1)))],
            TimeProvider.System);
        Assert.Equal((1, 1), (report.Tokens, report.Calls));
        Assert.Equal(before, File.ReadAllBytes(report.KeptAside!));

        await using var store = await _folder.OpenAsync();
        var contents = await store.Workers.LoadAsync(Token);
        Assert.Equal([("w1", "b", 2, "session of b"), ("w2", null, 0, null)], contents.Workers.Select(w => (w.WorkerId, w.LastRun?.RunId, w.RunsDone, w.SessionId)));
        Assert.Equal([("launched", RunState.Launched, null), ("waiting", RunState.Accepted, "do it")], contents.Unsettled.Select(r => (r.RunId, r.State, r.Prompt)));
        Assert.Equal(["a", "b"], (await store.Workers.SettledRunsAsync(Token)).Select(run => run.RunId));
        Assert.Equal("owner", Assert.Single(await store.Tokens.ListAsync(Token)).Name);
        Assert.NotNull(await store.Calls.FindAsync("c", Token));

        var page = await store.Workers.EventsAsync(1, 10, Token);
        Assert.Equal((0, true, last), (page.Facts.Count, page.Gap, page.Last));
    }

    [Fact]
    public async Task What_was_collected_stays_so_where_the_old_store_can_be_read()
    {
        await MakeAsync();
        await StoreRepair.RebuildAsync(
            _folder.Database, [Worker("w")], [], [(Run("r0", "w"), Settled("r0", "w")), (Run("r1", "w"), Settled("r1", "w"))], TimeProvider.System);
        await using var store = await _folder.OpenAsync();
        Assert.Equal([("r0", true), ("r1", false)], (await store.Workers.SettledRunsAsync(Token)).Select(run => (run.RunId, run.Collected)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_nothing_can_be_read_numbers_go_on_above_all_that_were_given(bool there)
    {
        if (there)
        {
            await File.WriteAllTextAsync(_folder.Database, "no database", Token);
        }

        var report = await StoreRepair.RebuildAsync(_folder.Database, [Worker("w")], [], [], TimeProvider.System);
        Assert.Equal((there, null, null), (report.KeptAside is not null, report.Tokens, report.Calls));
        await using var store = await _folder.OpenAsync();
        await store.Workers.AddWorkersAsync([Worker("new")]);
        var page = await store.Workers.EventsAsync(1_000_000_000, 10, Token);
        Assert.True(page.Gap);
        Assert.Equal(page.Last, Assert.Single(page.Facts).Number);
    }

    [Fact]
    public async Task A_repair_that_fails_leaves_the_old_store_in_place()
    {
        await MakeAsync();
        byte[] before = File.ReadAllBytes(_folder.Database);
        await Assert.ThrowsAsync<ArgumentException>(() => StoreRepair.RebuildAsync(_folder.Database, [Worker("w"), Worker("w")], [], [], TimeProvider.System));
        Assert.Equal(before, File.ReadAllBytes(_folder.Database));
        await using var store = await _folder.OpenAsync();
        var refused = await Assert.ThrowsAsync<StoreException>(() => StoreRepair.RebuildAsync(_folder.Database, [], [], [], TimeProvider.System));
        Assert.Equal(StoreFault.Locked, refused.Fault);
    }

    public void Dispose() => _folder.Dispose();

    private async Task MakeAsync()
    {
        await using var store = await _folder.OpenAsync();
        await store.Tokens.AddAsync(new("owner", "aa", TokenScope.Admin, Noon));
        await store.Calls.AddAsync(new("c", "k", null, Noon, [new("r0", null)]));
        await store.WithRunsAsync("w", [.. Enumerable.Range(0, 200).Select(i => $"r{i}")]);
        await store.Workers.CollectedAsync(["r0"], Noon);
    }

    /// <summary>Garbage in the middle of the table of runs; gives the last fact's number.</summary>
    private async Task<long> DamageRunsAsync()
    {
        await Task.Yield();
        using var session = SqliteSession.Open(_folder.Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        long root = session.Number("SELECT rootpage FROM sqlite_master WHERE name = 'runs'");
        long last = session.Number(Engine.Storage.Sqlite.StoreWriter.LastFact);
        session.Dispose();
        using var file = new FileStream(_folder.Database, FileMode.Open);
        file.Position = (root - 1) * 4096;
        file.Write(new byte[4096]);
        return last;
    }
}
