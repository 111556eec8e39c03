using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Composition;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>A damaged store is refused with the remedy, and the remedy brings back what the run directories tell.</summary>
public sealed class StoreRebuildTests
{
    private const int PageBytes = 4096;
    private const string Waits = "read file; echo begun; while [ ! -e \"$file\" ]; do sleep 0.02; done; echo done";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory(Timeout = 120_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Workers_and_results_are_there_again_after_a_repair(int seed)
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("waits", Waits), ("fails", "echo half; exit 3"));
        string echo = (await first.SpawnAsync(new() { Model = "m1", Permission = Permission.Full })).Single();
        string failing = (await first.SpawnAsync(new() { WorkerType = "fails" })).Single();
        string closed = (await first.SpawnAsync(new())).Single();
        string going = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        string[] runs = [await RunAsync(first, echo, "one"), await RunAsync(first, echo, "two"), await RunAsync(first, failing, "x"), await RunAsync(first, closed, "three")];
        Assert.True((await first.CloseAsync(closed)).Success);
        var ticket = await first.SubmitAsync(going, host.FileIn("go"));
        await LiveProcesses.UntilAsync(() => first.List()[^1].Activity == "begun", Patience, "the run goes on");
        var before = first.List();
        await host.LeaveAsync();
        var damaged = Damage(host, seed);

        var made = await RepairAsync(host);
        string aside = Assert.Single(Directory.EnumerateFiles(host.Data, "mcpworkers.db.damaged-*Z"));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(aside));
        Assert.Equal((3, 4, 1), (made.Workers, made.Settled, made.Unsettled));

        var second = await host.OpenAsync();
        Assert.Equal(
            before.Select(worker => (worker.WorkerId, worker.WorkerType, worker.Model, worker.WorkingDirectory, worker.Created, worker.RunsDone, worker.Status, worker.RunId)),
            second.List().Select(worker => (worker.WorkerId, worker.WorkerType, worker.Model, worker.WorkingDirectory, worker.Created, worker.RunsDone, worker.Status, worker.RunId)));
        var again = await Task.WhenAll(runs.Select(run => second.FindRunAsync(run)));
        Assert.Equal(["one", "two", "half", "three"], again.Select(run => run.Result.Output.TrimEnd()));
        Assert.Equal([WorkerStatus.Completed, WorkerStatus.Completed, WorkerStatus.Failed, WorkerStatus.Completed], again.Select(run => run.Status));
        Assert.Equal("two", (await second.CollectAsync([echo]))[echo].Output.TrimEnd());
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        Assert.Equal("begun\ndone", (await second.WaitAsync(ticket.RunId).WaitAsync(Patience)).Output.TrimEnd());
        Assert.Equal("four", (await second.ExecuteAsync(echo, "four").WaitAsync(Patience)).Output.TrimEnd());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_was_never_launched_is_lost_and_its_worker_takes_the_next_prompt()
    {
        await using var host = new DurableHost();
        host.Settings = host.Settings with { MaxConcurrentWorkers = 1 };
        var first = await host.OpenAsync(("waits", Waits));
        string going = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        string waiting = (await first.SpawnAsync(new())).Single();
        await first.SubmitAsync(going, host.FileIn("go"));
        await LiveProcesses.UntilAsync(() => first.List()[0].Activity == "begun", Patience, "the run goes on");
        var never = await first.SubmitAsync(waiting, "never");
        await host.LeaveAsync();
        Damage(host, seed: 4);

        Assert.Equal((2, 0, 1), await RepairAsync(host) is var made ? (made.Workers, made.Settled, made.Unsettled) : default);

        var second = await host.OpenAsync();
        await Assert.ThrowsAsync<RefusedException>(() => second.FindRunAsync(never.RunId));
        Assert.Equal(WorkerStatus.Pending, second.List().Single(worker => worker.WorkerId == waiting).Status);
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        Assert.Equal("now", (await second.ExecuteAsync(waiting, "now").WaitAsync(Patience)).Output.TrimEnd());
    }

    /// <summary>Overwrites some pages behind the first with random bytes. Returns what the file holds then.</summary>
    private static byte[] Damage(DurableHost host, int seed)
    {
        var random = new Random(seed);
        string path = Path.Combine(host.Data, "mcpworkers.db");
        byte[] store = File.ReadAllBytes(path);
        int[] pages = [.. Enumerable.Range(1, (store.Length / PageBytes) - 1)];
        random.Shuffle(pages);
        foreach (int page in pages.Take(pages.Length / 2))
        {
            random.NextBytes(store.AsSpan(page * PageBytes, PageBytes));
        }

        File.WriteAllBytes(path, store);
        return store;
    }

    /// <summary>A host is refused; the repair that it names is made.</summary>
    private static async Task<StoreRebuilt> RepairAsync(DurableHost host)
    {
        var engine = new EngineFactory(new() { Settings = host.Settings }, TimeProvider.System);
        using var directory = DataDirectory.Take(host.Data);
        byte[] before = await File.ReadAllBytesAsync(directory.StorePath);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => engine.OpenAsync(directory));
        Assert.Equal(RefusalCode.StoreUnavailable, refused.Code);
        Assert.Contains(directory.StorePath, refused.Message, StringComparison.Ordinal);
        Assert.Contains("mcpworkers doctor --repair", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(directory.StorePath));
        return await engine.RepairAsync(directory);
    }

    private static async Task<string> RunAsync(WorkerManager manager, string worker, string prompt) =>
        (string)(await manager.ExecuteAsync(worker, prompt).WaitAsync(Patience)).Metadata["run_id"]!;
}
