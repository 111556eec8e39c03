using System.Diagnostics;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Benchmarks.Storage;

/// <summary>Acknowledged writes of the store, each synced to the disk; and how long a store takes to open.</summary>
internal static class StoreBenchmark
{
    private const int RoundCount = 7;
    private const int Writers = 64;

    /// <summary>Of the store that is opened.</summary>
    private const int StoredRuns = 10_000;

    public static async Task RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using (var store = await OpenAsync(folder, "writes"))
            {
                using var bare = Bare(folder);
                Console.WriteLine($"SQLite {store.Info.Version}, {store.Info.Library}");
                await Rounds.RunAsync("Accepted runs, each acknowledged", "writes/s", RoundCount,
                [
                    new("A bare row a commit", () => Task.FromResult(BareRows(bare, 1500))),
                    new("One writer", () => AcceptAsync(store, 1, 1500)),
                    new($"{Writers} writers at once", () => AcceptAsync(store, Writers, 400)),
                ]);
                await Rounds.RunAsync("Runs from acceptance to settlement, three writes each", "runs/s", RoundCount,
                [
                    new("One writer", () => SettleAsync(store, 1, 500)),
                    new($"{Writers} writers at once", () => SettleAsync(store, Writers, 150)),
                ]);
                await Rounds.RunAsync("Processor time of an acknowledged write", "µs", RoundCount,
                [
                    new("A bare row a commit", () => ProcessorAsync(1500, () => Task.Run(() => BareRows(bare, 1500)))),
                    new("One writer", () => ProcessorAsync(1500, () => AcceptAsync(store, 1, 1500))),
                    new($"{Writers} writers at once", () => ProcessorAsync(Writers * 400, () => AcceptAsync(store, Writers, 400))),
                ]);
            }

            await using (var store = await OpenAsync(folder, "full"))
            {
                await SettleAsync(store, Writers, StoredRuns / Writers);
            }

            int fresh = 0;
            await Rounds.RunAsync("Opening and loading", "ms", RoundCount,
            [
                new("A new store", () => LoadAsync(folder, $"new{fresh++}")),
                new($"A store of {StoredRuns} runs", () => LoadAsync(folder, "full")),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What SQLite itself can do on this disk: a log, synced at each commit, and nothing of ours around it.</summary>
    private static SqliteSession Bare(string folder)
    {
        var session = SqliteSession.Open(Path.Combine(folder, "bare.db"), SqliteOpenMode.ReadWriteCreate);
        session.Execute("PRAGMA journal_mode = WAL");
        session.Execute("PRAGMA synchronous = FULL");
        session.Execute("CREATE TABLE rows (id TEXT, text TEXT)");
        return session;
    }

    private static double BareRows(SqliteSession session, int rows)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < rows; i++)
        {
            session.Execute("INSERT INTO rows (id, text) VALUES (?1, ?2)", $"row{i}", "A prompt of the usual length, which is a sentence or two.");
        }

        return rows / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static Task<SqliteStore> OpenAsync(string folder, string name) =>
        SqliteStore.OpenAsync(Path.Combine(folder, name + ".db"), TimeProvider.System);

    private static Task<double> AcceptAsync(SqliteStore store, int writers, int each) => PerSecondAsync(writers, each, async id =>
        await store.Workers.AcceptAsync([Run(id)]));

    private static Task<double> SettleAsync(SqliteStore store, int writers, int each) => PerSecondAsync(writers, each, async id =>
    {
        await store.Workers.AcceptAsync([Run(id)]);
        await store.Workers.LaunchedAsync(id, TimeProvider.System.GetUtcNow());
        await store.Workers.SettleAsync(new()
        {
            RunId = id,
            WorkerId = "w",
            Status = Engine.Model.WorkerStatus.Completed,
            Result = new() { ["run_id"] = id, ["text"] = new string('r', 1000) },
            At = TimeProvider.System.GetUtcNow(),
        });
    });

    private static StoredRun Run(string id) => new()
    {
        RunId = id,
        WorkerId = "w",
        Prompt = "A prompt of the usual length, which is a sentence or two.",
        Timeout = TimeSpan.FromMinutes(5),
        Accepted = TimeProvider.System.GetUtcNow(),
    };

    private static async Task<double> PerSecondAsync(int writers, int each, Func<string, Task> work)
    {
        string round = Guid.NewGuid().ToString("N")[..8];
        long begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < each; i++)
            {
                await work($"{round}-{writer}-{i}");
            }
        })));
        return writers * each / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>Microseconds of this process for each write: what a busy machine does not change.</summary>
    private static async Task<double> ProcessorAsync(int writes, Func<Task> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        await work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / writes;
    }

    private static async Task<double> LoadAsync(string folder, string name)
    {
        long begun = Stopwatch.GetTimestamp();
        await using var store = await OpenAsync(folder, name);
        await store.Workers.LoadAsync(CancellationToken.None);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
