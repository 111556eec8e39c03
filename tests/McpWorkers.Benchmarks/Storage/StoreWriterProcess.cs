using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Benchmarks.Storage;

/// <summary>
/// A process that writes to a store and says what was acknowledged, one line each: <c>accepted ID</c>, <c>settled ID</c>, or
/// <c>refused ID FAULT</c>. The tests kill it, or fail its system calls. Its first line is <c>open</c> or <c>closed FAULT</c>.
/// </summary>
internal static class StoreWriterProcess
{
    /// <param name="prefix">Of the ids it makes.</param>
    /// <param name="writers">How many write at once.</param>
    /// <param name="runs">For each of them.</param>
    public static async Task<int> RunAsync(string path, string prefix, int writers, int runs)
    {
        try
        {
            await using var store = await SqliteStore.OpenAsync(path, TimeProvider.System);
            Console.WriteLine("open");
            await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => WriteAsync(store, $"{prefix}-{writer}", runs)));
            return 0;
        }
        catch (StoreException e)
        {
            Console.WriteLine($"closed {e.Fault}");
            return 1;
        }
    }

    private static async Task WriteAsync(SqliteStore store, string worker, int runs)
    {
        var now = TimeProvider.System.GetUtcNow();
        await SayAsync($"worker {worker}", store.Workers.AddWorkersAsync(
            [new() { WorkerId = worker, WorkerType = "terminal-qwen", Agent = "qwen", WorkingDirectory = "/", Created = now }]));
        for (int i = 0; i < runs; i++)
        {
            string run = $"{worker}-{i}";
            await SayAsync($"accepted {run}", store.Workers.AcceptAsync(
                [new() { RunId = run, WorkerId = worker, Prompt = new('p', 300), Timeout = TimeSpan.FromMinutes(5), Accepted = now }]));
            await SayAsync($"settled {run}", store.Workers.SettleAsync(new()
            {
                RunId = run,
                WorkerId = worker,
                Status = WorkerStatus.Completed,
                Result = new() { ["run_id"] = run, ["text"] = new string('r', 500) },
                At = now,
            }));
        }
    }

    private static async Task SayAsync(string what, Task write)
    {
        try
        {
            await write;
            Console.WriteLine(write is Task<bool> { Result: false } ? $"passed over {what}" : what);
        }
        catch (StoreException e)
        {
            Console.WriteLine($"refused {what} {e.Fault}");
        }
    }
}
