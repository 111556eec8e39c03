using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Limits that worker types and pools set, and how often tasks of a queue are tried again.</summary>
public sealed class TaskLimitsTests
{
    private static readonly HostSettings Limited = new()
    {
        DataDirectory = "/nowhere",
        WorkerTypes =
        [
            new() { Name = "one", Agent = "command", TasksMax = 1, Pool = "account" }, new() { Name = "two", Agent = "command", Pool = "account" },
            new() { Name = "free", Agent = "command" },
        ],
        Pools = new Dictionary<string, int> { ["account"] = 2 },
        Roles = [new() { Name = "code", Concurrency = 100 }],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_type_and_its_pool_do_no_more_at_once_than_they_may()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var now = new ConcurrentDictionary<string, int>();
        var attempts = new NoOpAttempts(async (task, stopped) =>
        {
            now.AddOrUpdate(task.Spec.WorkerType!, 1, (_, count) => count + 1);
            await held.Task.WaitAsync(stopped);
            return NoOpAttempts.Success;
        });
        await using var scene = new QueueScene(attempts, slots: 8) { Settings = Limited };
        var tasks = await scene.OpenAsync();
        string[] types = ["one", "one", "one", "two", "two", "two", "free", "free", "free"];
        await tasks.AddAsync([.. types.Select(type => new TaskRequest { Prompt = "p", WorkerType = type })], Token);

        // One of the first, for it may do no more; one of the second, for their pool may do two; all of the third. Others have slots, and wait.
        await Until.TrueAsync(() => attempts.Now == 5);
        await tasks.AddAsync([.. types.Select(type => new TaskRequest { Prompt = "p", WorkerType = type, Priority = TaskPriority.High })], Token);
        await Until.TrueAsync(() => attempts.Now == 8);
        Assert.Equal([("free", 6), ("one", 1), ("two", 1)], now.OrderBy(each => each.Key).Select(each => (each.Key, each.Value)));
        held.SetResult();
        await Until.TrueAsync(() => tasks.IsIdle);
        Assert.Equal(18, (await tasks.StatusAsync(Token)).Tasks[TaskState.Completed]);
    }

    [Fact]
    public async Task A_task_counts_as_of_the_type_that_it_would_get_now()
    {
        string type = "one";
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = new NoOpAttempts(async (task, stopped) =>
        {
            if (task.Key == "first")
            {
                await held.Task.WaitAsync(stopped);
            }

            return NoOpAttempts.Success;
        })
        { Types = task => task.Key == "first" ? "one" : Volatile.Read(ref type) };
        await using var scene = new QueueScene(attempts) { Settings = Limited };
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "first" }, Token);
        await Until.TrueAsync(() => attempts.Now == 1);

        // Told as free when it comes, and as one when its turn is there: the one that goes on takes all that this type may.
        Volatile.Write(ref type, "free");
        await tasks.PauseAsync();
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "second" }, Token);
        Volatile.Write(ref type, "one");
        await tasks.ResumeAsync();
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "third" }, Token);
        Assert.Equal(TaskState.Waiting, (await tasks.WaitAsync("second", TimeSpan.FromMilliseconds(200), Token)).State);
        held.SetResult();
        await Until.TrueAsync(() => tasks.IsIdle);
        Assert.Equal(1, attempts.Most);
    }

    [Fact]
    public async Task Tasks_that_all_fail_are_tried_again_so_many_in_a_minute()
    {
        var time = new HandTime();
        var attempts = new NoOpAttempts((task, _) => Task.FromResult<AttemptEnd>(
            task.Attempts.Count == 1 ? new(AttemptOutcome.Failed, AttemptCause.ServiceUnavailable, "down") : NoOpAttempts.Success));
        await using var scene = new QueueScene(attempts, time: time)
        {
            Settings = Limited with { Tasks = new() { Retry = new() { PerMinute = 20 } } },
        };
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([.. Enumerable.Range(0, 100).Select(i => new TaskRequest { Prompt = "p", Key = $"k{i}" })], Token);
        await Until.TrueAsync(() => attempts.Begun.Count >= 100);
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromSeconds(2));
            return tasks.IsIdle;
        });
        var ends = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => tasks.FindAsync($"k{i}", Token)));
        Assert.All(ends, task => Assert.Equal((TaskState.Completed, 2), (task.State, task.Attempts.Count)));
        var minutes = ends.GroupBy(task => task.Attempts[1].Started.UtcTicks / TimeSpan.TicksPerMinute).Select(minute => minute.Count()).ToList();
        Assert.True(minutes.Count >= 5, $"The second attempts came in {minutes.Count} minutes.");
    }
}
