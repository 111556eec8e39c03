using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

public sealed class RestoreTests
{
    /// <summary>Says that it has begun, waits for a file, ends.</summary>
    private const string Waits = "read file; echo begun; while [ ! -e \"$file\" ]; do sleep 0.02; done; echo done";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact(Timeout = 120_000)]
    public async Task A_run_that_goes_on_while_no_host_is_there_is_adopted_and_settled_once()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("waits", Waits));
        string worker = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var ticket = await first.SubmitAsync(worker, host.FileIn("go"));
        await UntilAsync(() => first.List().Single().Activity == "begun");

        var second = await host.OpenAsync();
        Assert.Equal(WorkerStatus.Running, second.List().Single().Status);
        Assert.Equal(1, second.Health().RunsActive);
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        var result = await second.WaitAsync(ticket.RunId).WaitAsync(Patience);

        Assert.Equal(WorkerStatus.Completed, result.Status);
        Assert.Equal("begun\ndone", result.Output.TrimEnd());
        var third = await host.OpenAsync();
        Assert.Equal("begun\ndone", (await third.CollectAsync([worker]))[worker].Output.TrimEnd());
        Assert.Equal("begun\ndone", (await third.FindRunAsync(ticket.RunId)).Result.Output.TrimEnd());
        Assert.Single((await third.EventsAsync(0, 1000)).Facts, fact => fact.Kind == WorkerEventKind.Settled);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_run_that_ended_while_no_host_was_there_is_settled_before_the_next_one_answers()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("waits", Waits));
        string worker = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var ticket = await first.SubmitAsync(worker, host.FileIn("go"));
        await UntilAsync(() => first.List().Single().Activity == "begun");
        await host.LeaveAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        await UntilAsync(() => File.ReadAllText(Path.Combine(host.Data, "runs", ticket.RunId, "exit")).StartsWith('0'));

        var second = await host.OpenAsync();

        Assert.Equal(WorkerStatus.Completed, second.List().Single().Status);
        Assert.True(second.List().Single().HasResult);
        Assert.Equal("begun\ndone", (await second.CollectAsync(null))[worker].Output.TrimEnd());
        Assert.False(second.List().Single().HasResult);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_was_accepted_and_never_launched_is_launched_in_its_old_order()
    {
        await using var host = new DurableHost();
        host.Settings = host.Settings with { MaxConcurrentWorkers = 1 };
        var first = await host.OpenAsync(("waits", Waits), ("notes", $"read file; echo \"$file\" >> {host.FileIn("order")}; echo ok"));
        string blocking = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var others = await first.SpawnAsync(new() { WorkerType = "notes", Count = 3 });
        await first.SubmitAsync(blocking, host.FileIn("go"));
        var runs = await first.SubmitBatchAsync([others[2], others[0], others[1], others[2]], ["one", "two", "three", "four"]);
        await UntilAsync(() => first.List()[0].Activity == "begun");
        Assert.False(File.Exists(host.FileIn("order")));

        var second = await host.OpenAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        foreach (var item in runs)
        {
            Assert.Equal(WorkerStatus.Completed, (await second.WaitAsync(item.Run!.RunId).WaitAsync(Patience)).Status);
        }

        Assert.Equal(["one", "two", "three", "four"], await File.ReadAllLinesAsync(host.FileIn("order")));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_run_whose_directory_is_gone_is_lost_and_not_started_again()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("waits", Waits));
        string worker = (await first.SpawnAsync(new() { WorkerType = "waits" })).Single();
        var ticket = await first.SubmitAsync(worker, host.FileIn("go"));
        await UntilAsync(() => first.List().Single().Activity == "begun");
        await host.LeaveAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "");
        string directory = Path.Combine(host.Data, "runs", ticket.RunId);
        await UntilAsync(() => File.ReadAllText(Path.Combine(directory, "exit")).StartsWith('0'));
        Directory.Delete(directory, recursive: true);

        var second = await host.OpenAsync();

        var result = (await second.FindRunAsync(ticket.RunId)).Result;
        Assert.Equal("lost", (string?)result.Metadata["outcome"]);
        Assert.Equal(WorkerStatus.Failed, second.List().Single().Status);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_keeps_directory_environment_and_session_over_its_hosts()
    {
        await using var host = new DurableHost();
        string place = Directory.CreateDirectory(host.FileIn("place")).FullName;
        var first = await host.OpenAsync(("says", "read x; pwd; echo $COLOUR"));
        var caller = new Caller { WorkingDirectory = place, Environment = new Dictionary<string, string> { ["COLOUR"] = "green", ["PATH"] = "/usr/bin:/bin" } };
        string worker = (await first.As(caller).SpawnAsync(new() { WorkerType = "says" })).Single();

        var second = await host.OpenAsync();
        var result = await second.ExecuteAsync(worker, "now").WaitAsync(Patience);

        Assert.Equal($"{place}\ngreen", result.Output.TrimEnd());
        string file = Path.Combine(host.Data, "workers", worker, "worker.json");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.True((await second.CloseAsync(worker)).Success);
        Assert.False(File.Exists(file));
        Assert.Empty((await host.OpenAsync()).List());
        Assert.Equal(WorkerStatus.Completed, (await host.Manager.FindRunAsync((string)result.Metadata["run_id"]!)).Status);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_caller_within_a_run_sees_only_what_was_spawned_there_and_that_ends_with_it()
    {
        await using var host = new DurableHost();
        var manager = await host.OpenAsync(("waits", Waits));
        var ids = await manager.SpawnAsync(new() { WorkerType = "waits", Count = 2 });
        var outer = await manager.SubmitAsync(ids[0], host.FileIn("outer"));
        await UntilAsync(() => manager.List()[0].Activity == "begun");
        var inside = manager.As(new Caller { ParentRun = outer.RunId });

        string nested = (await inside.SpawnAsync(new() { WorkerType = "waits", WorkingDirectory = host.Data })).Single();

        Assert.Equal([nested], inside.List().Select(worker => worker.WorkerId));
        await Assert.ThrowsAsync<RefusedException>(() => inside.SubmitAsync(ids[1], "x"));
        Assert.False((await inside.CloseAsync(ids[1])).Success);
        await Assert.ThrowsAsync<RefusedException>(() => inside.FindRunAsync(outer.RunId));
        await inside.SubmitAsync(nested, host.FileIn("never"));
        await UntilAsync(() => inside.List().Single().Activity == "begun");
        await File.WriteAllTextAsync(host.FileIn("outer"), "");
        await manager.WaitAsync(outer.RunId).WaitAsync(Patience);
        await UntilAsync(() => inside.List().Count == 0);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_saved_call_is_found_by_the_next_host()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync();
        string worker = (await first.SpawnAsync(new())).Single();
        var items = await first.SubmitBatchAsync([worker, "term_000000000000"], ["hello", "nobody"]);
        var saved = await first.SaveCallAsync("worker_execute_batch", items);
        await first.WaitAsync(items[0].Run!.RunId).WaitAsync(Patience);

        var second = await host.OpenAsync();
        var found = await second.FindCallAsync(saved.CallId);

        Assert.NotNull(found);
        Assert.True(found.IsOver);
        Assert.Equal("hello", found.Runs[0].Result.Output.TrimEnd());
        Assert.Contains("term_000000000000", found.Runs[1].Result.Error, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{32}$", saved.CallId);
        Assert.Null(await second.As(new Caller { ParentRun = "run_1" }).FindCallAsync(saved.CallId));
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
