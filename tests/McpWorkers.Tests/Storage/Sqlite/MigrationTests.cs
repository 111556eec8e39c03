using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>
/// A store of each schema that there ever was is kept in Fixtures, and opens. With <c>UPDATE_GENERATED=1</c> the store of a new schema is
/// made; one that is there is never made again.
/// </summary>
public sealed class MigrationTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public static TheoryData<int> Schemas { get; } = [.. Enumerable.Range(1, (int)Migrations.Current)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task A_store_of_an_earlier_schema_is_brought_to_the_current_one(int schema)
    {
        string fixture = await FixtureAsync(schema);
        File.Copy(fixture, _folder.Database);
        Assert.Equal(schema, Number(_folder.Database, "PRAGMA user_version"));

        await using (var store = await _folder.OpenAsync())
        {
            await AssertContentAsync(store);
            await store.WithRunsAsync("new", "run");
        }

        Assert.Equal(Migrations.Current, Number(_folder.Database, "PRAGMA user_version"));
        Assert.Equal(Schema(await FreshAsync()), Schema(_folder.Database));
    }

    [Fact]
    public async Task A_new_store_notes_when_it_came_to_its_schema()
    {
        string fresh = await FreshAsync();
        Assert.Equal(Migrations.Current, Number(fresh, "SELECT count(*) FROM migrations"));
        Assert.InRange(new DateTimeOffset(Number(fresh, "SELECT max(applied) FROM migrations"), TimeSpan.Zero), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
        Assert.Equal(Migrations.ApplicationId, Number(fresh, "PRAGMA application_id"));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<string> FixtureAsync(int schema)
    {
        string path = Path.Combine(RepositoryFiles.Root, "tests", "McpWorkers.Tests", "Storage", "Sqlite", "Fixtures", $"schema-{schema}.db");
        if (!File.Exists(path) && schema == Migrations.Current && Environment.GetEnvironmentVariable("UPDATE_GENERATED") == "1")
        {
            using var folder = new StoreFolder();
            await using (var store = await folder.OpenAsync())
            {
                await FillAsync(store);
            }

            File.Copy(folder.Database, path);
        }

        Assert.True(File.Exists(path), $"There is no fixture of schema {schema}: run this test with UPDATE_GENERATED=1 and commit {path}.");
        return path;
    }

    private static async Task FillAsync(SqliteStore store)
    {
        await store.WithRunsAsync("w1", "r1", "r2");
        await store.WithRunsAsync("w2", "r3");
        await store.Workers.CollectedAsync(["r1"], Noon.AddMinutes(1));
        await store.Workers.CloseAsync("w2", "asked", Noon);
        await store.Workers.AcceptAsync([Run("launched", "w1"), Run("waiting", "w1", "a prompt\0with all sorts: é ☃")]);
        await store.Workers.LaunchedAsync("launched", Noon);
        await store.Calls.AddAsync(new("call", "worker_batch", "r0", Noon, [new("r1", null), new(null, new() { ["status"] = "failed" })]));
        await store.Tokens.AddAsync(new("owner", "abc", TokenScope.Admin, Noon, Noon.AddDays(1), Noon.AddHours(1)));
    }

    private static async Task AssertContentAsync(SqliteStore store)
    {
        var contents = await store.Workers.LoadAsync(Token);
        var worker = Assert.Single(contents.Workers);
        var settled = Settled("r2", "w1");
        Assert.Equal(
            Worker("w1") with { RunsDone = 2, SessionId = settled.SessionId, SessionUsage = settled.SessionUsage, SessionCostUsd = settled.SessionCostUsd },
            worker with { LastRun = null });
        Assert.Equal(settled.Result.ToJsonString(), worker.LastRun!.Result!.ToJsonString());
        Assert.Equal(
            [Run("launched", "w1") with { Prompt = null, State = RunState.Launched }, Run("waiting", "w1", "a prompt\0with all sorts: é ☃")], contents.Unsettled);
        Assert.Equal(
            [new("r1", "w1", Noon, true, false), new("r2", "w1", Noon, false, true), new("r3", "w2", Noon, false, false)],
            await store.Workers.SettledRunsAsync(Token));

        var call = await store.Calls.FindAsync("call", Token);
        Assert.Equal(("r0", "r1", "failed"), (call!.ParentRun, call.Items[0].RunId, call.Items[1].Refused!["status"]!.GetValue<string>()));
        Assert.Equal([new("owner", "abc", TokenScope.Admin, Noon, Noon.AddDays(1), Noon.AddHours(1))], await store.Tokens.ListAsync(Token));
        var facts = (await store.Workers.EventsAsync(0, 100, Token)).Facts;
        Assert.Equal(new WorkerEvent(9, Noon, WorkerEventKind.Closed, "w2", null, WorkerStatus.Completed, "asked"), facts[8]);
        Assert.Equal(12, facts.Count);
        var runs = (await store.History.RunsAsync(new(), Token)).Runs;
        Assert.Equal(
            [("waiting", "starting"), ("launched", "running"), ("r3", "completed"), ("r2", "completed"), ("r1", "completed")],
            runs.Select(run => (run.RunId, run.Status.ToWire())));
        Assert.All(runs, run => Assert.Equal(("terminal-qwen", "qwen"), (run.WorkerType, run.Agent)));
    }

    private async Task<string> FreshAsync()
    {
        string path = Path.Combine(_folder.Root, "fresh.db");
        await (await SqliteStore.OpenAsync(path, TimeProvider.System)).DisposeAsync();
        return path;
    }

    private static long Number(string path, string sql)
    {
        using var session = SqliteSession.Open(path, SqliteOpenMode.ReadOnly);
        return session.Number(sql);
    }

    private static List<string> Schema(string path)
    {
        using var session = SqliteSession.Open(path, SqliteOpenMode.ReadOnly);
        return session.Read("SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_master ORDER BY type, name", row => row.GetString(0));
    }
}
