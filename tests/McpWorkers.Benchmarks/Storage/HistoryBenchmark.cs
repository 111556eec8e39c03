using System.Diagnostics;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Benchmarks.Storage;

/// <summary>Questions about what was, over many runs whose results have some kilobytes each.</summary>
internal static class HistoryBenchmark
{
    private const int Runs = 20_000;
    private const int Writers = 64;
    private const int RoundCount = 7;

    public static async Task RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using var store = await SqliteStore.OpenAsync(Path.Combine(folder, "history.db"), TimeProvider.System);
            await FillAsync(store);
            await Rounds.RunAsync($"Questions over {Runs} runs and {3 * Runs} facts", "ms", RoundCount,
            [
                new("The last 100 runs", () => TimeAsync(() => store.History.RunsAsync(new(), default))),
                new("A thousand failed runs of one type", () => TimeAsync(() => store.History.RunsAsync(new() { Status = WorkerStatus.Failed, WorkerType = "type-1", Limit = 1000 }, default))),
                new("Runs of a type that there is not", () => TimeAsync(() => store.History.RunsAsync(new() { WorkerType = "none" }, default))),
                new("Totals by type", () => TimeAsync(() => store.History.TotalsAsync(TotalsBy.Type, null, null, default))),
                new("Totals by day", () => TimeAsync(() => store.History.TotalsAsync(TotalsBy.Day, null, null, default))),
                new("The last 100 failures of one type", () => TimeAsync(() => store.History.FactsAsync(new() { Status = "failed", WorkerType = "type-1" }, default))),
                new("Facts of a type that there is not", () => TimeAsync(() => store.History.FactsAsync(new() { WorkerType = "none" }, default))),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(SqliteStore store)
    {
        await store.Workers.AddWorkersAsync([.. Enumerable.Range(0, 100).Select(i => new StoredWorker
        {
            WorkerId = $"term_{i}",
            WorkerType = $"type-{i % 5}",
            Agent = "claude",
            WorkingDirectory = "/",
            Created = TimeProvider.System.GetUtcNow(),
        })]);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (int i = writer; i < Runs; i += Writers)
            {
                await RunAsync(store, $"run_{i}", $"term_{i % 100}", i % 7 == 0 ? WorkerStatus.Failed : WorkerStatus.Completed);
            }
        })));
    }

    private static async Task RunAsync(SqliteStore store, string id, string worker, WorkerStatus status)
    {
        var now = TimeProvider.System.GetUtcNow();
        await store.Workers.AcceptAsync([new() { RunId = id, WorkerId = worker, Timeout = TimeSpan.FromMinutes(5), Accepted = now }]);
        await store.Workers.LaunchedAsync(id, now);
        await store.Workers.SettleAsync(new()
        {
            RunId = id,
            WorkerId = worker,
            Status = status,
            At = now,
            Result = new()
            {
                ["duration_seconds"] = 12.3,
                ["metadata"] = new JsonObject
                {
                    ["text"] = new string('r', 3000),
                    ["cost_usd"] = 0.0123m,
                    ["usage"] = new JsonObject { ["input_tokens"] = 1000, ["output_tokens"] = 100 },
                },
            },
        });
    }

    private static async Task<double> TimeAsync(Func<Task> question)
    {
        long begun = Stopwatch.GetTimestamp();
        await question();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
