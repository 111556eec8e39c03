using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Attempts as runs of workers; only what would be processes is scripted.</summary>
public sealed class TaskWorkersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attempt_is_a_run_of_a_worker_of_its_own_which_is_closed_after_it()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "say this", Role = "told", WorkingDirectory = place.Folder }, Token);
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        var run = await place.Manager.FindRunAsync(done.LastAttempt!.RunId, Token);
        Assert.Equal((TaskState.Completed, done.LastAttempt.WorkerId), (done.State, run.WorkerId));
        Assert.Equal("Be careful.\n\nYou are good at: knots, sails.\n\nKeep to these tools: Read.\n\nsay this", run.Result.Output);
        await Until.TrueAsync(() => place.Manager.List().Count == 0);
    }

    [Fact]
    public async Task A_failed_attempt_is_followed_by_one_of_another_worker()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "fail", WorkingDirectory = place.Folder }, Token);
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        Assert.Equal((TaskState.Failed, 2), (done.State, done.Attempts.Count));
        Assert.Equal(2, done.Attempts.Select(attempt => attempt.WorkerId).Distinct().Count());
        Assert.NotEqual("", done.Detail);
        await Until.TrueAsync(() => place.Manager.List().Count == 0);
    }

    [Fact]
    public async Task A_role_may_go_on_in_the_same_place()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "fail", Role = "same", WorkingDirectory = place.Folder }, Token);
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        Assert.Equal((TaskState.Failed, 2), (done.State, done.Attempts.Count));
        Assert.Single(done.Attempts.Select(attempt => attempt.WorkerId).Distinct());
        await Until.TrueAsync(() => place.Manager.List().Count == 0);
    }

    [Fact]
    public async Task So_many_tasks_as_its_role_says_are_done_by_one_worker()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var ids = (await tasks.AddAsync([.. Enumerable.Range(0, 6).Select(i => new TaskRequest { Prompt = $"p{i}", Role = "shared", WorkingDirectory = place.Folder })], Token))
            .Select(each => each.Task.TaskId).ToList();
        var ends = await Task.WhenAll(ids.Select(id => tasks.WaitAsync(id, Patience, Token)));
        Assert.All(ends, task => Assert.Equal(TaskState.Completed, task.State));
        Assert.Equal([3, 3], ends.GroupBy(task => task.LastAttempt!.WorkerId).Select(worker => worker.Count()));
        await Until.TrueAsync(() => place.Manager.List().Count == 0);
    }

    [Fact]
    public async Task Direct_prompts_go_before_tasks_and_one_slot_is_kept_for_these()
    {
        var launcher = new ScriptedLauncher(_ => true) { Expected = 2 };
        await using var place = Place(launcher, slots: 2);
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var workers = await place.Manager.SpawnAsync(new SpawnRequest { Count = 3, WorkingDirectory = place.Folder }, Token);
        foreach (string worker in workers)
        {
            await place.Manager.SubmitAsync(worker, "direct");
        }

        await launcher.AllRun.Task.WaitAsync(Patience, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder }, Token);

        // The third direct prompt waits longer than the task, but a slot is reserved.
        await place.Manager.CancelAsync(workers[0], "enough", null, Token);
        await Until.TrueAsync(() => tasks.StatusAsync(Token).Result.Tasks[TaskState.Running] == 1);
        Assert.Equal((2, 1), (place.Manager.Health().RunsActive, place.Manager.Health().RunsWaiting));

        Assert.Equal(new StopAllResult(1, 2), await tasks.StopAllAsync("", Token));
        Assert.Equal(0, place.Manager.Health().RunsActive);
        Assert.Equal(TaskState.Waiting, (await tasks.FindAsync(added.Task.TaskId, Token)).State);
        Assert.Equal(TaskState.Cancelled, (await tasks.CancelAsync(added.Task.TaskId, "", Token)).State);
    }

    [Fact]
    public async Task Files_stay_named_when_the_prompt_is_changed_and_a_run_that_is_over_may_be_forgotten()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        await File.WriteAllTextAsync(Path.Combine(place.Folder, "notes.md"), "x", Token);
        await tasks.PauseAsync();
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "one", Key = "k", WorkingDirectory = place.Folder, Files = ["notes.md"] }, Token);
        await tasks.EditAsync("k", new() { Prompt = "two" }, Token);
        await tasks.ResumeAsync();
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        string output = (await tasks.ResultAsync("k", Token))!.Output;
        Assert.StartsWith("two", output, StringComparison.Ordinal);
        Assert.EndsWith("- notes.md", output, StringComparison.Ordinal);
        Assert.Equal(["notes.md"], done.Spec.Files);

        // Retention keeps what nobody has collected: for an attempt the task itself stands for that.
        await Until.TrueAsync(() => place.Manager.Planned.Store.Workers.SettledRunsAsync(Token).Result.Any(run => run.RunId == done.LastAttempt!.RunId && run.Collected));
    }

    [Fact]
    public async Task A_task_of_a_run_that_is_over_is_not_tried_again()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        await tasks.PauseAsync();
        var inside = tasks.As(new Caller { ParentRun = "run_gone" });
        var added = await inside.AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder }, Token);
        Assert.Equal(TaskState.Cancelled, (await tasks.WaitAsync(added.Task.TaskId, Patience, Token)).State);
        Assert.Contains("'run_gone'", (await Assert.ThrowsAsync<RefusedException>(() => tasks.RetryAsync(added.Task.TaskId, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_stops_the_run()
    {
        var launcher = new ScriptedLauncher(_ => true);
        await using var place = Place(launcher);
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder }, Token);
        await launcher.AllRun.Task.WaitAsync(Patience, Token);
        var cancelled = await tasks.CancelAsync(added.Task.TaskId, "enough", Token);
        Assert.Equal((TaskState.Cancelled, AttemptOutcome.Cancelled), (cancelled.State, cancelled.LastAttempt!.Outcome!.Value));
        Assert.Equal(WorkerStatus.Cancelled, (await place.Manager.FindRunAsync(cancelled.LastAttempt.RunId, Token)).Status);
    }

    [Fact]
    public async Task A_role_takes_the_first_of_its_types_that_can_run()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "p", Role = "choosy", WorkingDirectory = place.Folder }, Token);
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        Assert.Equal(TaskState.Completed, done.State);
        var none = await tasks.AddAsync(new TaskRequest { Prompt = "p", WorkerType = "absent", WorkingDirectory = place.Folder }, Token);
        var failed = await tasks.WaitAsync(none.Task.TaskId, Patience, Token);
        Assert.Equal((TaskState.Failed, 1), (failed.State, failed.Attempts.Count));
        Assert.Contains("'absent'", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_never_run_is_not_tried_again()
    {
        await using var place = Place(new ScriptedLauncher());
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        string gone = Path.Combine(place.Folder, "gone");
        Directory.CreateDirectory(gone);
        await tasks.PauseAsync();
        var added = await tasks.AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = gone }, Token);
        Directory.Delete(gone);
        await tasks.ResumeAsync();
        var done = await tasks.WaitAsync(added.Task.TaskId, Patience, Token);
        Assert.Equal((TaskState.Failed, 1), (done.State, done.Attempts.Count));
        Assert.Contains(gone, done.Detail, StringComparison.Ordinal);
        Assert.Contains("'nobody'", (await Assert.ThrowsAsync<RefusedException>(
            () => tasks.AddAsync(new TaskRequest { Prompt = "p", WorkerType = "nobody" }, Token))).Message, StringComparison.Ordinal);
    }

    /// <summary>Claims of a host that ended before it had begun them: each knew nothing of the limit, or thought itself the only probe.</summary>
    [Fact]
    public async Task Of_claims_that_are_taken_up_while_a_pool_is_held_none_begins_and_one_when_it_is_due()
    {
        var launcher = new ScriptedLauncher(_ => true);
        await using var place = Place(launcher);
        var runs = place.Manager.Planned;
        var attempts = new WorkerAttempts(runs, new TaskRoles(place.Manager.Settings), new TaskEnvironments(null));
        var now = TimeProvider.System.GetUtcNow();
        var tasks = Enumerable.Range(0, 3).Select(number => new WorkTask
        {
            TaskId = $"task_{number}",
            Role = "code",
            Prompt = "p",
            Created = now,
            State = TaskState.Running,
            Spec = new() { WorkingDirectory = place.Folder },
            Attempts = [new TaskAttempt(1, $"run_{number:x16}", $"term_{number:x12}", now)],
        }).ToList();
        string pool = attempts.AccountOf(tasks[0], attempts.TypeOf(tasks[0]));
        runs.Gate.Limited(pool, ("run_0", null), new("s", "m", now.AddHours(1)), now);
        var handedBack = await TakeUpAsync(tasks[0]);
        Assert.Equal((AttemptOutcome.HandedBack, AttemptCause.HostBusy), (handedBack.Outcome, handedBack.Cause));
        Assert.Equal(0, place.Manager.Health().RunsActive);

        runs.Gate.Served(pool, ("run_0", now.AddHours(2)));
        runs.Gate.Limited(pool, ("run_0", null), new("s", "m", now.AddTicks(1)), now);
        await Until.TrueAsync(() => runs.Gate.HoldOf(pool)!.MayBegin);
        var probe = TakeUpAsync(tasks[1]);
        await launcher.AllRun.Task.WaitAsync(Patience, Token);
        Assert.Equal(AttemptOutcome.HandedBack, (await TakeUpAsync(tasks[2])).Outcome);
        Assert.Equal((1, false), (place.Manager.Health().RunsActive, probe.IsCompleted));
        await attempts.StopAsync(tasks[1].LastAttempt!, "enough");
        Assert.Equal(AttemptOutcome.Cancelled, (await probe).Outcome);
        Assert.True(runs.Gate.HoldOf(pool)!.MayBegin);

        Task<AttemptEnd> TakeUpAsync(WorkTask task) => attempts.RunAsync(task, null, () => StopWish.None, Token);
    }

    private static WorkersPlace Place(ILauncher launcher, int slots = 4) => new(launcher, settings => settings with
    {
        MaxConcurrentWorkers = slots,
        WorkerTypes = [.. settings.WorkerTypes, new() { Name = "absent", Agent = "nobody" }],
        Tasks = new() { Retry = new() { First = TimeSpan.FromMilliseconds(10) } },
        Roles =
        [
            new() { Name = "code", Concurrency = 4, Retry = new() { MaxAttempts = 2 } },
            new() { Name = "same", Retry = new() { MaxAttempts = 2, Workspace = RetryWorkspace.Same } },
            new() { Name = "shared", TasksPerWorker = 3 },
            new() { Name = "choosy", WorkerTypes = ["absent", "echo"] },
            new() { Name = "told", Instructions = "Be careful.", Specializations = ["knots", "sails"], AllowedTools = ["Read"] },
        ],
    });
}
