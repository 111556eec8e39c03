using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Tasks whose pool gives no more: they wait, and come back once, by themselves.</summary>
public sealed class QuotaTasksTests
{
    private static readonly AttemptEnd Limited = new(AttemptOutcome.HandedBack, AttemptCause.RateLimited, "limit reached");

    private readonly HandTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Twenty_tasks_behind_a_held_pool_begin_once_after_one_probe()
    {
        var probing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = new NoOpAttempts(async (_, stopped) =>
        {
            await probing.Task.WaitAsync(stopped);
            return NoOpAttempts.Success;
        })
        { Types = _ => "claude" };
        await using var scene = new QueueScene(attempts, slots: 8, time: _time);
        var tasks = await scene.OpenAsync();
        scene.Gate!.Limited("claude", ("run_0", null), new("s", "limit reached", _time.GetUtcNow().AddSeconds(20)), _time.GetUtcNow());
        await tasks.AddAsync([.. Enumerable.Range(0, 20).Select(_ => new TaskRequest { Prompt = "p" })], Token);

        await SoAsync(async () => (await tasks.StatusAsync(Token)).Tasks[TaskState.Parked] == 20);
        var parked = (await tasks.ListAsync(new TaskQuery { States = [TaskState.Parked] }, Token)).Tasks;
        Assert.All(parked, task => Assert.Equal((WaitReason.Quota, _time.GetUtcNow().AddSeconds(21)), (task.Reason, task.NotBefore)));
        Assert.Contains("until 2026-03-01T12:00:21Z (limit reached)", parked[0].Detail, StringComparison.Ordinal);
        Assert.Empty(attempts.Begun);

        await GoAsync(22, () => attempts.Now == 1);
        Assert.Single(attempts.Begun);
        string probe = attempts.Begun.Keys.Single();
        scene.Gate.Served("claude", (probe, _time.GetUtcNow()));
        probing.SetResult();
        await GoAsync(60, () => tasks.IsIdle);
        Assert.Equal(20, (await tasks.StatusAsync(Token)).Tasks[TaskState.Completed]);
        Assert.Equal(20, attempts.Begun.Count);
        Assert.All(attempts.Begun.Values, count => Assert.Equal(1, count));
        Assert.InRange(attempts.Most, 1, 8);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_attempt_that_ended_by_the_limit_does_not_count_and_its_task_comes_back_over_a_restart()
    {
        int tries = 0;
        QueueScene? scene = null;
        var attempts = new NoOpAttempts((task, _) =>
        {
            if (Interlocked.Increment(ref tries) <= 3)
            {
                scene!.Gate!.Limited("claude", (task.LastAttempt!.RunId, _time.GetUtcNow()), new("s", "limit reached"), _time.GetUtcNow());
                return Task.FromResult(Limited);
            }

            scene!.Gate!.Served("claude", (task.LastAttempt!.RunId, _time.GetUtcNow()));
            return Task.FromResult(NoOpAttempts.Success);
        })
        { Types = _ => "claude" };
        await using (scene = new QueueScene(attempts, time: _time))
        {
            var tasks = await scene.OpenAsync();
            string id = (await tasks.AddAsync(new TaskRequest { Prompt = "p", Role = "once" }, Token)).Task.TaskId;
            await SoAsync(async () => await tasks.FindAsync(id, Token) is { State: TaskState.Parked, Reason: WaitReason.Quota, Tries: 0 });

            await scene.LeaveAsync();
            tasks = await scene.OpenAsync();
            Assert.Equal(1, tries);
            await GoAsync(70, () => tries == 2);
            await GoAsync(310, () => tries == 3);
            await GoAsync(910, () => tasks.IsIdle);
            var done = await tasks.FindAsync(id, Token);
            Assert.Equal((TaskState.Completed, 1), (done.State, done.Tries));
            Assert.Equal(["handed_back rate_limited", "handed_back rate_limited", "handed_back rate_limited", "completed none"],
                done.Attempts.Select(attempt => $"{attempt.Outcome!.Value.ToWire()} {attempt.Cause!.Value.ToWire()}"));
            Assert.Null(scene.Gate!.HoldOf("claude"));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Other_pools_go_on_meanwhile_and_a_parked_task_can_be_cancelled_or_changed()
    {
        var attempts = new NoOpAttempts { Types = task => task.Spec.WorkerType ?? "claude" };
        await using var scene = new QueueScene(attempts, time: _time)
        {
            Settings = new()
            {
                DataDirectory = "/nowhere",
                WorkerTypes = [new() { Name = "claude", Agent = "command" }, new() { Name = "qwen", Agent = "command" }],
                Roles = [new() { Name = "code", Concurrency = 100 }],
            },
        };
        var tasks = await scene.OpenAsync();
        scene.Gate!.Limited("claude", ("run_0", null), new("s", "m", _time.GetUtcNow().AddHours(1)), _time.GetUtcNow());
        var added = await tasks.AddAsync([.. new[] { "claude", "claude", "qwen" }.Select(type => new TaskRequest { Prompt = "p", WorkerType = type })], Token);
        await SoAsync(async () => (await tasks.FindAsync(added[2].Task.TaskId, Token)).State == TaskState.Completed);
        await SoAsync(async () => (await tasks.StatusAsync(Token)).Tasks[TaskState.Parked] == 2);

        Assert.Equal(TaskState.Cancelled, (await tasks.CancelAsync(added[0].Task.TaskId, cancellationToken: Token)).State);
        await tasks.EditAsync(added[1].Task.TaskId, new TaskEdit { WorkerType = "qwen" }, Token);
        await GoAsync(10, () => tasks.IsIdle);
        Assert.Equal(TaskState.Completed, (await tasks.FindAsync(added[1].Task.TaskId, Token)).State);
        Assert.NotNull(scene.Gate.HoldOf("claude"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_whose_role_has_no_room_keeps_the_probe_from_no_other()
    {
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        QueueScene? scene = null;
        var attempts = new NoOpAttempts(async (task, stopped) =>
        {
            if (task.Spec.WorkerType == "qwen")
            {
                await busy.Task.WaitAsync(stopped);
            }
            else
            {
                scene!.Gate!.Served("claude", (task.LastAttempt!.RunId, _time.GetUtcNow()));
            }

            return NoOpAttempts.Success;
        })
        { Types = task => task.Spec.WorkerType ?? "claude" };
        await using (scene = new QueueScene(attempts, time: _time))
        {
            scene.Settings = scene.Settings with
            {
                WorkerTypes = [new() { Name = "claude", Agent = "command" }, new() { Name = "qwen", Agent = "command" }],
                Roles = [new() { Name = "code", Concurrency = 100 }, new() { Name = "narrow", Concurrency = 1 }],
            };
            var tasks = await scene.OpenAsync();
            scene.Gate!.Limited("claude", ("run_0", null), new("s", "m", _time.GetUtcNow().AddSeconds(20)), _time.GetUtcNow());
            TaskRequest[] wanted = [new() { Prompt = "p", Role = "narrow", WorkerType = "qwen" }, new() { Prompt = "p", Role = "narrow" }, new() { Prompt = "p" }];
            var added = await tasks.AddAsync(wanted, Token);
            await SoAsync(async () => (await tasks.StatusAsync(Token)).Tasks[TaskState.Parked] == 2 && attempts.Now == 1);

            await GoAsync(30, () => attempts.Begun.Count == 2);
            await SoAsync(async () => (await tasks.FindAsync(added[2].Task.TaskId, Token)).State == TaskState.Completed);
            Assert.Equal(0, (await tasks.FindAsync(added[1].Task.TaskId, Token)).Tries);
            busy.SetResult();
            await GoAsync(30, () => tasks.IsIdle);
            Assert.Equal(3, (await tasks.StatusAsync(Token)).Tasks[TaskState.Completed]);
        }
    }

    private static async Task SoAsync(Func<Task<bool>> isSo)
    {
        bool was = false;
        Task? looking = null;
        await Until.TrueAsync(() =>
        {
            looking = looking is { IsCompleted: false } ? looking : LookAsync();
            return was;
        });

        async Task LookAsync() => was = await isSo();
    }

    /// <summary>Lets seconds pass, one after the other, until something is so.</summary>
    private async Task GoAsync(int seconds, Func<bool> isSo)
    {
        for (int second = 0; second < seconds && !isSo(); second++)
        {
            _time.Pass(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Until.TrueAsync(isSo);
    }
}
