using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

public sealed class HostUpkeepTests
{
    private const string Waits = "read file; echo begun; while [ ! -e \"$file\" ]; do sleep 0.02; done";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact(Timeout = 120_000)]
    public async Task A_worker_at_which_nothing_happens_is_closed_and_one_that_works_is_not()
    {
        await using var host = new DurableHost();
        host.Settings = host.Settings with { WorkerIdle = TimeSpan.FromMinutes(1) };
        var manager = await host.OpenAsync(("waits", Waits));
        string idle = (await manager.SpawnAsync(new())).Single();
        string busy = (await manager.SpawnAsync(new() { WorkerType = "waits" })).Single();
        await manager.SubmitAsync(busy, host.FileIn("go"));
        await UntilAsync(() => Of(manager, busy).Activity == "begun", "the run goes on");
        string file = Path.Combine(host.Data, "workers", idle, "worker.json");
        Assert.True(File.Exists(file));

        host.Time.Leap(TimeSpan.FromMinutes(2));
        string young = (await manager.SpawnAsync(new())).Single();
        await UntilAsync(() => manager.List().Count == 2 && !File.Exists(file), "the idle worker is closed");

        Assert.Equal([busy, young], manager.List().Select(worker => worker.WorkerId));
        var closed = Assert.Single((await manager.EventsAsync(0, 1000)).Facts, fact => fact.Kind == WorkerEventKind.Closed);
        Assert.Equal(idle, closed.WorkerId);
        Assert.Contains("worker_idle_hours", closed.Text, StringComparison.Ordinal);

        // From the end of its run it is idle, not from the beginning.
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        await UntilAsync(() => Of(manager, busy).Status == WorkerStatus.Completed, "the run is over");
        host.Time.Leap(TimeSpan.FromMinutes(2));
        await UntilAsync(() => manager.List().Count == 0, "both are closed");
        Assert.Empty((await host.OpenAsync()).List());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_run_has_spawned_is_closed_with_the_worker_of_that_run()
    {
        await using var host = new DurableHost();
        var manager = await host.OpenAsync(("waits", Waits));
        string parent = (await manager.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var outer = await manager.SubmitAsync(parent, host.FileIn("never"));
        await UntilAsync(() => Of(manager, parent).Activity == "begun", "the outer run goes on");
        var inside = manager.As(new Caller { ParentRun = outer.RunId });
        string nested = (await inside.SpawnAsync(new() { WorkerType = "waits", WorkingDirectory = host.Data })).Single();
        var inner = await inside.SubmitAsync(nested, host.FileIn("never"));
        await UntilAsync(() => Of(manager, nested).Activity == "begun", "the inner run goes on");
        var seen = (await inside.History.FactsAsync(new(), TimeSpan.Zero)).Facts;
        Assert.Contains(seen, past => past.Fact.Kind == WorkerEventKind.Spawned);
        Assert.All(seen, past => Assert.Equal(nested, past.Fact.WorkerId));
        await Assert.ThrowsAsync<RefusedException>(() => inside.History.RunsAsync(new()));

        var closed = await manager.CloseAsync(parent);
        await UntilAsync(() => manager.List().Count == 0, "the nested worker is closed");

        Assert.True(closed.StoppedRun);
        Assert.Equal(WorkerStatus.Cancelled, (await manager.FindRunAsync(outer.RunId)).Status);
        Assert.Equal(WorkerStatus.Cancelled, (await manager.FindRunAsync(inner.RunId)).Status);
        Assert.Empty(LiveProcesses.OfRun(inner.RunId));
        await UntilAsync(() => !Directory.Exists(Path.Combine(host.Data, "workers", nested)), "its directory is gone");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_nested_worker_whose_parent_ended_while_no_host_was_there_is_closed_by_the_next_one()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("waits", Waits));
        string parent = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var outer = await first.SubmitAsync(parent, host.FileIn("go"));
        await UntilAsync(() => Of(first, parent).Activity == "begun", "the outer run goes on");
        string nested = (await first.As(new Caller { ParentRun = outer.RunId })
            .SpawnAsync(new() { WorkerType = "waits", WorkingDirectory = host.Data })).Single();
        await host.LeaveAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "");

        var second = await host.OpenAsync();

        await UntilAsync(() => second.List().All(worker => worker.WorkerId != nested), "the nested worker is closed");
        Assert.Equal([parent], second.List().Select(worker => worker.WorkerId));
    }

    private static WorkerSnapshot Of(WorkerManager manager, string id) => manager.List().Single(worker => worker.WorkerId == id);

    private static Task UntilAsync(Func<bool> isSo, string what) => LiveProcesses.UntilAsync(isSo, Patience, what);
}
