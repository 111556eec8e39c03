using System.Text;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Tests.Execution.Processes;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>The disk of the data directory is full.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int GoingRuns = 100;

    private readonly StoreFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Nothing_new_is_taken_but_what_goes_on_is_settled_and_room_makes_it_well()
    {
        using var disk = await SmallDisk.MountAsync(_folder.Root, Token, megabytes: 8);
        string database = Path.Combine(disk.Path, "mcpworkers.db");
        string[] going = [.. Enumerable.Range(0, GoingRuns).Select(i => $"going{i}")];
        await using (var store = await SqliteStore.OpenAsync(database, TimeProvider.System))
        {
            await store.Workers.AddWorkersAsync([Worker("w")]);
            await store.Workers.AcceptAsync([.. going.Select(id => Run(id, "w"))]);
            Fill(disk.Path);
            string refused = await AcceptUntilRefusedAsync(store);
            Assert.Null(await store.Workers.FindRunAsync(refused, Token));
            Assert.NotNull(await store.Workers.FindRunAsync("going0", Token));

            foreach (string id in going)
            {
                Assert.True(await store.Workers.SettleAsync(Result(id)));
            }

            Assert.Equal(GoingRuns, (await store.Workers.SettledRunsAsync(Token)).Count);
            Assert.False(File.Exists(database + ".ballast"));
            await AssertRefusedAsync(() => store.Workers.AcceptAsync([Run("late", "w")]));
            await AssertRefusedAsync(() => store.Tokens.AddAsync(new("t", "aa", TokenScope.Read, Noon)));
            await store.Workers.CollectedAsync(going, Noon);

            File.Delete(Filler(disk.Path));
            await store.Workers.AcceptAsync([Run("late", "w")]);
            Assert.Equal(Ballast.DefaultBytes, new FileInfo(database + ".ballast").Length);
        }

        await using var again = await SqliteStore.OpenAsync(database, TimeProvider.System);
        Assert.Equal(going, (await again.Workers.SettledRunsAsync(Token)).Where(run => run.Collected).Select(run => run.RunId));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_store_opens_on_a_full_disk()
    {
        using var disk = await SmallDisk.MountAsync(_folder.Root, Token, megabytes: 8);
        string database = Path.Combine(disk.Path, "mcpworkers.db");
        await using (var store = await SqliteStore.OpenAsync(database, TimeProvider.System))
        {
            await store.WithRunsAsync("w", "r");
            await store.Workers.AcceptAsync([Run("going", "w")]);
        }

        Fill(disk.Path);
        await using var again = await SqliteStore.OpenAsync(database, TimeProvider.System);
        Assert.Equal("going", Assert.Single((await again.Workers.LoadAsync(Token)).Unsettled).RunId);
        Assert.True(await again.Workers.SettleAsync(Result("going")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_disk_without_room_for_the_ballast_takes_nothing()
    {
        using var disk = await SmallDisk.MountAsync(_folder.Root, Token);
        await using var store = await SqliteStore.OpenAsync(Path.Combine(disk.Path, "mcpworkers.db"), TimeProvider.System);
        await AssertRefusedAsync(() => store.Workers.AddWorkersAsync([Worker("w")]));
        Assert.Empty((await store.Workers.LoadAsync(Token)).Workers);
    }

    public void Dispose() => _folder.Dispose();

    private static SettledRun Result(string id)
    {
        var settled = Settled(id, "w");
        settled.Result["text"] = new string('r', 3000);
        return settled;
    }

    private static async Task<string> AcceptUntilRefusedAsync(SqliteStore store)
    {
        for (int i = 0; i < 2000; i++)
        {
            try
            {
                await store.Workers.AcceptAsync([Run($"more{i}", "w", new string('p', 8000))]);
            }
            catch (StoreException e)
            {
                Assert.Equal(StoreFault.Full, e.Fault);
                return $"more{i}";
            }
        }

        throw new Xunit.Sdk.XunitException("A full disk took 16 MB.");
    }

    private static async Task AssertRefusedAsync(Func<Task> write)
    {
        var refused = await Assert.ThrowsAsync<StoreException>(write);
        Assert.Equal(StoreFault.Full, refused.Fault);
        Assert.Contains("mcpworkers.db' is full", refused.Message, StringComparison.Ordinal);
    }

    private static string Filler(string disk) => Path.Combine(disk, "filler");

    private static void Fill(string disk)
    {
        byte[] block = Encoding.ASCII.GetBytes(new string('x', 4096));
        using var file = new FileStream(Filler(disk), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }
}
