using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>The queue, with attempts that need no worker.</summary>
public sealed class TaskManagerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_task_is_done_and_its_attempt_is_told()
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "do it", Key = "k" }, Token);
        var done = await tasks.WaitAsync("k", Patience, Token);
        Assert.Equal((added.Task.TaskId, TaskState.Completed, "code"), (done.TaskId, done.State, done.Role));
        Assert.Equal((1, AttemptOutcome.Completed), (Assert.Single(done.Attempts).Number, done.LastAttempt!.Outcome!.Value));
        Assert.True(tasks.IsIdle);
        Assert.False((await tasks.AddAsync(new TaskRequest { Prompt = "again", Key = "k" }, Token)).IsNew);
    }

    [Fact]
    public async Task Failures_are_tried_again_and_deaths_make_a_dead_letter()
    {
        var time = new HandTime();
        int attempts = 0;
        await using var scene = new QueueScene(
            new NoOpAttempts((task, _) => Task.FromResult<AttemptEnd>(task.Prompt switch
            {
                "dies" => new(AttemptOutcome.Failed, AttemptCause.Crash, "it died"),
                "missing" => new(AttemptOutcome.Failed, AttemptCause.Missing, "no such program"),
                _ => Interlocked.Increment(ref attempts) < 3 ? new(AttemptOutcome.Failed, AttemptCause.VerificationFailed, "red") : NoOpAttempts.Success,
            })),
            time: time);
        var tasks = await scene.OpenAsync();
        var ids = (await tasks.AddAsync([new() { Prompt = "dies" }, new() { Prompt = "missing" }, new() { Prompt = "checked" }], Token)).Select(each => each.Task.TaskId).ToList();
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromSeconds(5));
            return tasks.IsIdle;
        });
        var ends = await Task.WhenAll(ids.Select(id => tasks.FindAsync(id, Token)));
        Assert.Equal([(TaskState.Dead, 3), (TaskState.Failed, 1), (TaskState.Completed, 3)], ends.Select(task => (task.State, task.Attempts.Count)));
        Assert.Equal(["it died", "no such program", ""], ends.Select(task => task.Detail));

        // It waited before it was tried again, and the longer the second time.
        var dead = ends[0].Attempts;
        Assert.True(dead[1].Started - dead[0].Finished >= TimeSpan.FromSeconds(5));
        Assert.True(dead[2].Started - dead[1].Finished >= TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Tasks_come_after_others_and_fail_with_them()
    {
        await using var scene = new QueueScene(new NoOpAttempts((task, _) => Task.FromResult<AttemptEnd>(
            task.Prompt == "bad" ? new(AttemptOutcome.Failed, AttemptCause.Missing, "why") : NoOpAttempts.Success)));
        var tasks = await scene.OpenAsync();
        await tasks.PauseAsync();
        await tasks.AddAsync(
            [
                new() { Prompt = "last", Key = "d", After = ["c", "b"] }, new() { Prompt = "p", Key = "b", After = ["a"] }, new() { Prompt = "p", Key = "a" },
                new() { Prompt = "p", Key = "c", After = ["a"] }, new() { Prompt = "bad", Key = "x" }, new() { Prompt = "p", Key = "y", After = ["x", "a"] },
                new() { Prompt = "p", Key = "z", After = ["y"] },
            ],
            Token);
        Assert.Equal(WaitReason.Dependency, (await tasks.FindAsync("d", Token)).Reason);
        await tasks.ResumeAsync();
        var done = await tasks.WaitAsync("d", Patience, Token);
        var others = await Task.WhenAll(new[] { "a", "b", "c" }.Select(key => tasks.FindAsync(key, Token)));
        Assert.Equal(TaskState.Completed, done.State);
        Assert.All(others, other => Assert.True(done.Started >= other.Finished));
        var failed = await tasks.WaitAsync("z", Patience, Token);
        Assert.Equal((TaskState.Failed, 0), (failed.State, failed.Attempts.Count));
        Assert.Contains((await tasks.FindAsync("y", Token)).TaskId, failed.Detail, StringComparison.Ordinal);

        // One that comes after what is over long ago.
        Assert.Equal(TaskState.Completed, (await tasks.WaitAsync((await tasks.AddAsync(new TaskRequest { Prompt = "p", After = ["a"] }, Token)).Task.TaskId, Patience, Token)).State);
    }

    [Fact]
    public async Task Circles_and_unknown_names_are_refused_and_nothing_is_added()
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        await RefusedAsync("circle", [new() { Prompt = "p", Key = "a", After = ["b"] }, new() { Prompt = "p", Key = "b", After = ["a"] }]);
        await RefusedAsync("'nobody'", [new() { Prompt = "p" }, new() { Prompt = "p", After = ["nobody"] }]);
        await RefusedAsync("tasks[1]", [new() { Prompt = "p" }, new() { Prompt = " " }]);
        await RefusedAsync("nothing_like_it", [new() { Prompt = "p", Role = "nothing_like_it" }]);
        await RefusedAsync("papers", [new() { Prompt = "p", Role = "docs", Queue = "default" }]);
        Assert.Empty((await tasks.ListAsync(new(), Token)).Tasks);
        Assert.Equal("papers", (await tasks.AddAsync(new TaskRequest { Prompt = "p", Role = "docs" }, Token)).Task.Queue);

        async Task RefusedAsync(string word, TaskRequest[] requests) =>
            Assert.Contains(word, (await Assert.ThrowsAsync<RefusedException>(() => tasks.AddAsync(requests, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_is_waited_for_also_where_the_clock_is_set()
    {
        var time = new HandTime();
        await using var scene = new QueueScene(new NoOpAttempts(), time: time);
        var tasks = await scene.OpenAsync();
        var at = (await tasks.AddAsync(new TaskRequest { Prompt = "p", At = time.GetUtcNow().AddHours(1) }, Token)).Task;
        Assert.Equal((TaskState.Waiting, WaitReason.Schedule), (at.State, at.Reason!.Value));
        Assert.Equal(at.NotBefore, (await tasks.StatusAsync(Token)).NextDue);
        time.Pass(TimeSpan.FromMinutes(30));
        Assert.Equal(TaskState.Waiting, (await tasks.FindAsync(at.TaskId, Token)).State);
        time.Step(TimeSpan.FromMinutes(31));
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromSeconds(5));
            return tasks.IsIdle;
        });
        Assert.Equal(TaskState.Completed, (await tasks.FindAsync(at.TaskId, Token)).State);
    }

    [Fact]
    public async Task Cancelling_reaches_the_run_and_what_waits()
    {
        await using var scene = new QueueScene(new NoOpAttempts(async (_, stopped) =>
        {
            await Task.Delay(Timeout.Infinite, stopped);
            return NoOpAttempts.Success;
        }), slots: 1);
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([new() { Prompt = "p", Key = "running" }, new() { Prompt = "p", Key = "waiting" }], Token);
        await Until.TrueAsync(() => scene.Slots.Taken == 1);
        var waiting = await tasks.CancelAsync("waiting", "not needed", Token);
        Assert.Equal((TaskState.Cancelled, "not needed", 0), (waiting.State, waiting.Detail, waiting.Attempts.Count));
        var running = await tasks.CancelAsync("running", "enough", Token);
        Assert.Equal((TaskState.Cancelled, "enough", AttemptOutcome.Cancelled), (running.State, running.Detail, running.LastAttempt!.Outcome!.Value));
        Assert.Equal(0, scene.Slots.Taken);
        Assert.Equal(running, await tasks.CancelAsync("running", "again", Token), (one, other) => one!.Revision == other!.Revision);
    }

    [Fact]
    public async Task Stopping_all_loses_nothing()
    {
        bool goes = true;
        await using var scene = new QueueScene(new NoOpAttempts(async (_, stopped) =>
        {
            if (Volatile.Read(ref goes))
            {
                await Task.Delay(Timeout.Infinite, stopped);
            }

            return NoOpAttempts.Success;
        }), slots: 3);
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([.. Enumerable.Range(0, 5).Select(i => new TaskRequest { Prompt = "p", Key = $"k{i}" })], Token);
        await Until.TrueAsync(() => scene.Slots.Taken == 3);
        Assert.Equal(new StopAllResult(3, 0), await tasks.StopAllAsync("too dear", Token));
        var status = await tasks.StatusAsync(Token);
        Assert.Equal((5, true, 0), (status.Tasks[TaskState.Waiting], status.PausedSince is not null, status.SlotsTaken));
        Volatile.Write(ref goes, false);
        await tasks.ResumeAsync();
        var ends = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => tasks.WaitAsync($"k{i}", Patience, Token)));
        Assert.All(ends, task => Assert.Equal(TaskState.Completed, task.State));
        Assert.Equal(3, ends.Sum(task => task.Attempts.Count(attempt => attempt.Outcome == AttemptOutcome.HandedBack)));
        Assert.All(ends, task => Assert.Equal(1, task.Tries));
    }

    [Fact]
    public async Task A_task_is_changed_while_it_waits_and_tried_again_when_it_failed()
    {
        await using var scene = new QueueScene(new NoOpAttempts((task, _) => Task.FromResult<AttemptEnd>(
            task.Prompt == "good" ? NoOpAttempts.Success : new(AttemptOutcome.Failed, AttemptCause.Missing, "why"))));
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync(new TaskRequest { Prompt = "bad", Key = "k" }, Token);
        var failed = await tasks.WaitAsync("k", Patience, Token);
        await Assert.ThrowsAsync<RefusedException>(() => tasks.EditAsync("k", new() { Prompt = "good" }, Token));
        await tasks.PauseAsync();
        Assert.Equal((TaskState.Waiting, failed.Attempts.Count), (await tasks.RetryAsync("k", Token)) is var again ? (again.State, again.Attempts.Count) : default);
        var edited = await tasks.EditAsync("k", new() { Prompt = "good", Priority = TaskPriority.High }, Token);
        Assert.Equal(("good", TaskPriority.High, "high_priority"), (edited.Prompt, edited.Priority, edited.Queue));
        await tasks.ResumeAsync();
        var done = await tasks.WaitAsync("k", Patience, Token);
        Assert.Equal((TaskState.Completed, 2), (done.State, done.Attempts.Count));
        await Assert.ThrowsAsync<RefusedException>(() => tasks.RetryAsync("k", Token));
    }

    [Fact]
    public async Task An_agent_inside_a_run_sees_its_own_tasks_only()
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        await tasks.PauseAsync();
        var inside = tasks.As(new Caller { ParentRun = "run_1" });
        var own = (await inside.AddAsync(new TaskRequest { Prompt = "p" }, Token)).Task;
        var others = (await tasks.AddAsync(new TaskRequest { Prompt = "p" }, Token)).Task;
        Assert.Equal([own.TaskId], (await inside.ListAsync(new(), Token)).Tasks.Select(task => task.TaskId));
        Assert.Equal(2, (await tasks.ListAsync(new(), Token)).Tasks.Count);
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => inside.CancelAsync(others.TaskId, "", Token))).Code);
        Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusedException>(() => inside.StopAllAsync("", Token))).Code);
        Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusedException>(() => inside.ResumeAsync())).Code);
    }

    [Theory]
    [InlineData("two words", "no blank")]
    [InlineData("a,b", "no blank")]
    [InlineData("a/b", "no blank")]
    [InlineData("a\u001bb", "a\uFFFDb")]
    [InlineData("", "1 to 200")]
    [InlineData("wait", "cannot be keys")]
    [InlineData("task_1", "cannot be keys")]
    public async Task A_key_can_be_used_wherever_an_id_can(string key, string why)
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        Assert.Contains(why, (await Assert.ThrowsAsync<RefusedException>(() => tasks.AddAsync(new TaskRequest { Prompt = "p", Key = key }, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_another_runs_task_is_not_taken_for_ones_own()
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        await tasks.PauseAsync();
        await tasks.As(new Caller { ParentRun = "run_1" }).AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token);
        await Assert.ThrowsAsync<RefusedException>(() => tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token));
        await Assert.ThrowsAsync<RefusedException>(() => tasks.As(new Caller { ParentRun = "run_2" }).AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token));
    }

    [Fact]
    public async Task What_was_handed_back_for_a_host_that_ends_waits_for_the_next()
    {
        var going = new NoOpAttempts(async (_, stopped) =>
        {
            await Task.Delay(Timeout.Infinite, stopped);
            return NoOpAttempts.Success;
        });
        await using var scene = new QueueScene(going, slots: 2);
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([.. Enumerable.Range(0, 3).Select(i => new TaskRequest { Prompt = "p", Key = $"k{i}" })], Token);
        await Until.TrueAsync(() => going.Now == 2);
        going.IsOpen = false;
        Assert.Equal(2, await tasks.HandBackAllAsync("it ends", Token));
        Assert.Equal((3, 2), ((await tasks.StatusAsync(Token)).Tasks[TaskState.Waiting], going.Begun.Count));
        await scene.LeaveAsync();

        tasks = await scene.OpenAsync(new NoOpAttempts());
        var ends = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => tasks.WaitAsync($"k{i}", Patience, Token)));
        Assert.All(ends, task => Assert.Equal((TaskState.Completed, 1), (task.State, task.Tries)));
    }

    [Fact]
    public async Task The_next_host_goes_on_where_one_was_left()
    {
        var begun = new NoOpAttempts(async (_, leaving) =>
        {
            await Task.Delay(Timeout.Infinite, leaving);
            return NoOpAttempts.Success;
        });
        await using var scene = new QueueScene(begun, slots: 2);
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([.. Enumerable.Range(0, 4).Select(i => new TaskRequest { Prompt = "p", Key = $"k{i}" })], Token);
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "k4", After = ["k3"] }, Token);
        await Until.TrueAsync(() => begun.Now == 2);
        await scene.LeaveAsync();

        var next = new NoOpAttempts();
        tasks = await scene.OpenAsync(next);
        var ends = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => tasks.WaitAsync($"k{i}", Patience, Token)));
        Assert.All(ends, task => Assert.Equal((TaskState.Completed, 1), (task.State, task.Attempts.Count)));
        Assert.Equal(5, next.Begun.Count);
    }

    [Fact]
    public async Task The_coordinator_assigns_and_waits()
    {
        await using var scene = new QueueScene(new NoOpAttempts())
        {
            Settings = new() { DataDirectory = "/nowhere", Roles = [new() { Name = "code" }, new() { Name = "quality" }, new() { Name = "memory" }] },
        };
        var coordinator = new Coordinator(await scene.OpenAsync());
        string[] ids = [await coordinator.AssignCodeAsync("c", cancellationToken: Token), await coordinator.AssignQualityAsync("q", cancellationToken: Token), await coordinator.AssignMemoryAsync("m", cancellationToken: Token)];
        var ends = await Task.WhenAll(ids.Select(id => coordinator.WaitAsync(id, Patience, Token)));
        Assert.Equal([("code", TaskState.Completed), ("quality", TaskState.Completed), ("memory", TaskState.Completed)], ends.Select(task => (task.Role, task.State)));
    }

    [Fact]
    public async Task Waiting_ends_with_its_time_and_shows_the_task_as_it_is()
    {
        await using var scene = new QueueScene(new NoOpAttempts());
        var tasks = await scene.OpenAsync();
        await tasks.PauseAsync();
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "p" }, Token);
        Assert.Equal(TaskState.Waiting, (await tasks.WaitAsync(added.Task.TaskId, TimeSpan.FromMilliseconds(20), Token)).State);
    }

    /// <summary>Ten thousand, each attempted and settled once, and never more at once than may be.</summary>
    [Fact]
    public async Task Ten_thousand_tasks_are_done_once_each()
    {
        var attempts = new NoOpAttempts();
        await using var scene = new QueueScene(attempts, slots: 8);
        var tasks = await scene.OpenAsync();
        for (int i = 0; i < 10; i++)
        {
            await tasks.AddAsync([.. Enumerable.Range(0, 1000).Select(_ => new TaskRequest { Prompt = "p" })], Token);
        }

        await Until.TrueAsync(() => tasks.IsIdle);
        var status = await tasks.StatusAsync(Token);
        Assert.Equal((10_000, 10_000), (status.Tasks[TaskState.Completed], attempts.Begun.Count));
        Assert.All(attempts.Begun.Values, times => Assert.Equal(1, times));
        Assert.InRange(attempts.Most, 1, 8);
    }
}
