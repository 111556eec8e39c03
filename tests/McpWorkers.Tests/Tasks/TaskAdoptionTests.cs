using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Tasks over hosts that come and go; their runs are processes that outlive them.</summary>
public sealed class TaskAdoptionTests
{
    private const int Limit = 60_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task A_run_that_lives_is_adopted_and_one_that_was_never_begun_is_begun_once()
    {
        await using var host = Host();
        string go = host.FileIn("go"), said = host.FileIn("said");
        var tasks = await OpenAsync(host, ("slow", $"cat >> {said}; while ! [ -e {go} ]; do sleep 0.05; done; echo done"));
        await tasks.AddAsync([.. Enumerable.Range(0, 3).Select(i => Request(host, $"p{i}") with { WorkerType = "slow" })], Token);
        await Until.TrueAsync(() => File.Exists(said) && File.ReadAllText(said).Length == 4);
        await tasks.DisposeAsync();

        tasks = await OpenAsync(host);
        Assert.False(tasks.IsIdle);
        await File.WriteAllTextAsync(go, "", Token);
        var ends = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => tasks.WaitAsync($"p{i}", Patience, Token)));
        Assert.All(ends, task => Assert.Equal((TaskState.Completed, 1), (task.State, task.Attempts.Count)));
        Assert.Equal("p0p1p2", string.Concat(File.ReadAllText(said).Chunk(2).Select(chunk => new string(chunk)).Order(StringComparer.Ordinal)));
        await Until.TrueAsync(() => host.Manager.List().Count == 0);
        await tasks.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task An_attempt_of_which_nothing_is_left_is_lost_and_followed_by_another()
    {
        await using var host = Host();
        string said = host.FileIn("said"), go = host.FileIn("go");
        var tasks = await OpenAsync(host, ("slow", $"cat >> {said}; while ! [ -e {go} ]; do sleep 0.05; done; echo done"));
        await tasks.AddAsync(Request(host, "p") with { WorkerType = "slow" }, Token);
        await Until.TrueAsync(() => File.Exists(said) && File.ReadAllText(said).Length == 1);
        string run = (await tasks.FindAsync("p", Token)).LastAttempt!.RunId;
        await tasks.DisposeAsync();
        await host.LeaveAsync();
        Directory.Delete(Path.Combine(host.Data, "runs", run), recursive: true);
        await File.WriteAllTextAsync(go, "", Token);

        tasks = await OpenAsync(host);
        var done = await tasks.WaitAsync("p", Patience, Token);
        Assert.Equal([(AttemptOutcome.Lost, AttemptCause.Lost), (AttemptOutcome.Completed, AttemptCause.None)], done.Attempts.Select(each => (each.Outcome!.Value, each.Cause!.Value)));
        await tasks.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_that_no_task_needs_any_more_are_closed_at_the_start()
    {
        await using var host = Host();
        var tasks = await OpenAsync(host);
        await tasks.AddAsync(Request(host, "p") with { Role = "shared" }, Token);
        Assert.Equal(TaskState.Completed, (await tasks.WaitAsync("p", Patience, Token)).State);
        string own = (await host.Manager.SpawnAsync(new() { WorkingDirectory = host.Data }, Token))[0];
        await Until.TrueAsync(() => host.Manager.List().Count == 2);
        await tasks.DisposeAsync();

        tasks = await OpenAsync(host);
        Assert.Equal(own, Assert.Single(host.Manager.List()).WorkerId);
        await tasks.DisposeAsync();
    }

    private static async Task<TaskManager> OpenAsync(DurableHost host, params (string, string)[] scripts) =>
        await TaskManager.OpenAsync(await host.OpenAsync(scripts), Token);

    private static TaskRequest Request(DurableHost host, string key) => new() { Prompt = key, Key = key, WorkingDirectory = host.Data };

    private static DurableHost Host() => new()
    {
        Settings = new()
        {
            DataDirectory = "",
            MaxConcurrentWorkers = 2,
            Tasks = new() { Retry = new() { First = TimeSpan.FromMilliseconds(10) } },
            Roles = [new() { Name = "code", Concurrency = 3 }, new() { Name = "shared", TasksPerWorker = 5 }],
        },
    };
}
