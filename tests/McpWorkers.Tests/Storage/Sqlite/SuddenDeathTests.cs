using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>A host that is killed with its store open.</summary>
public sealed class SuddenDeathTests
{
    private const int Rounds = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task What_was_acknowledged_outlives_a_kill_at_any_moment()
    {
        using var folder = new StoreFolder();
        var accepted = new List<string>();
        var settled = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            using var writer = StoreWriter.Start(folder.Database, $"w{round}", writers: 8, runs: 100_000);
            await writer.ReadAsync(lines: Random.Shared.Next(1, 3000));
            await writer.KillAsync();
            accepted.AddRange(writer.Said("accepted"));
            settled.AddRange(writer.Said("settled"));
            await using var store = await folder.OpenAsync();
            await AssertHoldsAsync(store, accepted, settled);
        }

        Assert.NotEmpty(settled);
        TestContext.Current.TestOutputHelper?.WriteLine($"{accepted.Count} accepted, {settled.Count} settled, none lost");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_kill_while_a_store_is_made_leaves_none_or_a_whole_one()
    {
        for (int round = 0; round < Rounds; round++)
        {
            using var folder = new StoreFolder();
            using var writer = StoreWriter.Start(folder.Database, "w", writers: 1, runs: 100_000);
            await LiveProcesses.UntilAsync(() => Directory.GetFiles(folder.Root, "mcpworkers.db*").Length > 1, TimeSpan.FromSeconds(30), "a store is being made");
            await writer.KillAsync();
            await using var store = await folder.OpenAsync();
            await AssertHoldsAsync(store, writer.Said("accepted"), [.. writer.Said("settled")]);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_log_that_was_cut_off_gives_the_store_of_an_earlier_moment()
    {
        using var folder = new StoreFolder();
        string[] accepted;
        using (var writer = StoreWriter.Start(folder.Database, "w", writers: 1, runs: 100_000))
        {
            await writer.ReadAsync(lines: 300);
            await writer.KillAsync();
            accepted = [.. writer.Said("accepted")];
        }

        using (var log = new FileStream(folder.Database + "-wal", FileMode.Open))
        {
            log.SetLength((log.Length / 2) + 17);
        }

        await using var store = await folder.OpenAsync();
        string[] kept = [.. (await store.Workers.EventsAsync(0, 10_000, Token)).Facts.Where(fact => fact.Text == "accepted").Select(fact => fact.RunId!)];
        Assert.NotEmpty(kept);

        // The log begins anew in its file now and then: the half that is gone may be an old one, and nothing is missing.
        int both = Math.Min(accepted.Length, kept.Length);
        Assert.Equal(accepted[..both], kept[..both]);
        await AssertHoldsAsync(store, kept, []);
    }

    private static async Task AssertHoldsAsync(SqliteStore store, IEnumerable<string> accepted, IReadOnlyCollection<string> settled)
    {
        var known = (await store.Workers.LoadAsync(Token)).Unsettled.Select(run => run.RunId).ToHashSet();
        var over = (await store.Workers.SettledRunsAsync(Token)).Select(run => run.RunId).ToHashSet();
        Assert.Empty(settled.Except(over));
        Assert.Empty(accepted.Except(over).Except(known));
        Assert.Equal(await NumbersAsync(store), Enumerable.Range(1, (int)(await store.Workers.LoadAsync(Token)).LastEvent).Select(n => (long)n));
    }

    private static async Task<List<long>> NumbersAsync(SqliteStore store)
    {
        var numbers = new List<long>();
        while ((await store.Workers.EventsAsync(numbers.Count, 10_000, Token)).Facts is { Count: > 0 } facts)
        {
            numbers.AddRange(facts.Select(fact => fact.Number));
        }

        return numbers;
    }
}
