using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: tasks and their attempts.</summary>
public abstract class TaskContract : HistoryContract
{
    private ITaskStore Tasks => Store.Tasks;

    [Fact]
    public async Task A_task_is_found_as_it_was_added()
    {
        var whole = NewTask("a") with
        {
            Key = "k",
            Prompt = "Grüße\0 \u2028 \U0001F600",
            Priority = TaskPriority.High,
            Queue = "mine",
            After = ["task_1", "task_2"],
            NotBefore = Noon.AddHours(1),
            ParentRun = "run_0",
            Reason = WaitReason.Dependency,
            Spec = new()
            {
                WorkerType = "terminal-qwen",
                Model = "m",
                Permission = Permission.Full,
                WorkingDirectory = "/home/work",
                Workspace = new() { Kind = WorkspaceKind.Worktree, From = "main", BringChanges = true },
                Launcher = LauncherKind.Container,
                Image = "img",
                Verify = ["make test", "true"],
                Timeout = TimeSpan.FromSeconds(90),
                Source = "nightly",
                Environment = "abc",
            },
        };
        var added = Assert.Single(await Tasks.AddAsync([whole]));
        Assert.True(added.IsNew);
        AssertSame(whole with { Position = 1, Revision = 1 }, added.Task);
        AssertSame(added.Task, await Tasks.FindAsync("a", Token));
        AssertSame(added.Task, await Tasks.FindByKeyAsync("k", Token));
        Assert.Null(await Tasks.FindAsync("A", Token));
        Assert.Null(await Tasks.FindByKeyAsync("a", Token));
    }

    [Fact]
    public async Task A_key_that_is_known_adds_nothing()
    {
        await Tasks.AddAsync([NewTask("a") with { Key = "k" }]);
        var again = await Tasks.AddAsync([NewTask("b"), NewTask("c") with { Key = "k" }, NewTask("d") with { Key = "x" }, NewTask("e") with { Key = "x" }]);
        Assert.Equal([("b", true), ("a", false), ("d", true), ("d", false)], again.Select(each => (each.Task.TaskId, each.IsNew)));
        Assert.Equal(["a", "b", "d"], (await Tasks.OpenAsync(Token)).Select(task => task.TaskId));
    }

    [Fact]
    public async Task A_change_is_taken_only_from_who_has_seen_the_one_before()
    {
        var task = (await Tasks.AddAsync([NewTask("a")]))[0].Task;
        var claimed = task with
        {
            State = TaskState.Running, Reason = null, Started = Noon, Revision = 2, Attempts = [new(1, "run_1", "term_1", Noon)], Detail = "d", Wish = StopWish.Cancel,
        };
        Assert.True(await Tasks.ChangeAsync(claimed));
        Assert.False(await Tasks.ChangeAsync(task with { State = TaskState.Cancelled, Revision = 2 }));
        AssertSame(claimed, await Tasks.FindAsync("a", Token));

        var again = claimed with
        {
            State = TaskState.Waiting,
            Reason = WaitReason.Schedule,
            NotBefore = Noon.AddSeconds(9),
            Wish = StopWish.None,
            Revision = 3,
            AttemptsForgiven = 1,
            Attempts = [new(1, "run_1", "term_1", Noon, Noon.AddSeconds(2), AttemptOutcome.Failed, AttemptCause.Crash, "it died")],
        };
        Assert.True(await Tasks.ChangeAsync(again));
        AssertSame(again, Assert.Single(await Tasks.OpenAsync(Token)));
        Assert.Equal(["term_1"], await Tasks.OfAttemptsAsync(["term_1", "term_2"], Token));
        Assert.False(await Tasks.ChangeAsync(NewTask("nobody") with { Revision = 2 }));
    }

    [Fact]
    public async Task What_was_asked_for_changes_only_by_an_edit()
    {
        var task = (await Tasks.AddAsync([NewTask("a")]))[0].Task;
        var edited = task with { Prompt = "other", Priority = TaskPriority.Low, Queue = "low_priority", Spec = new() { Model = "m" }, Revision = 2 };
        Assert.True(await Tasks.ChangeAsync(edited));
        Assert.Equal((task.Prompt, task.Priority, 2L), (await FoundAsync("a")) is var kept ? (kept.Prompt, kept.Priority, kept.Revision) : default);
        Assert.True(await Tasks.ChangeAsync(edited with { Revision = 3 }, isEdited: true));
        AssertSame(edited with { Revision = 3 }, await Tasks.FindAsync("a", Token));
    }

    [Fact]
    public async Task Tasks_are_chosen_and_come_page_by_page_the_last_first()
    {
        await Tasks.AddAsync([.. Enumerable.Range(0, 10).Select(i => NewTask($"t{i}") with
        {
            Role = i % 2 == 0 ? "code" : "docs", Created = Noon.AddMinutes(i), ParentRun = i == 3 ? "run_x" : null, Queue = i == 4 ? "q" : "default",
        })]);
        await Tasks.ChangeAsync((await FoundAsync("t0")) with { State = TaskState.Completed, Reason = null, Finished = Noon, Revision = 2 });
        var page = await Tasks.ListAsync(new() { Limit = 4, Role = "code" }, Token);
        Assert.Equal(["t8", "t6", "t4", "t2"], page.Tasks.Select(task => task.TaskId));
        var rest = await Tasks.ListAsync(new() { Limit = 4, Role = "code", Before = page.Next }, Token);
        Assert.Equal(["t0"], rest.Tasks.Select(task => task.TaskId));
        Assert.Null(rest.Next);
        Assert.Equal(["t3"], await IdsAsync(new() { ParentRun = "run_x" }));
        Assert.Equal(["t4"], await IdsAsync(new() { Queue = "q" }));
        Assert.Equal(["t9", "t8"], await IdsAsync(new() { Since = Noon.AddMinutes(8) }));
        Assert.Equal(["t0"], await IdsAsync(new() { States = [TaskState.Completed, TaskState.Dead] }));
        var counts = await Tasks.CountAsync(Token);
        Assert.Equal((9, 1, 0), (counts[TaskState.Waiting], counts[TaskState.Completed], counts[TaskState.Dead]));
        Assert.Equal(9, (await Tasks.OpenAsync(Token)).Count);
    }

    [Fact]
    public async Task An_attempt_ends_begins_anew_and_leaves_its_number_to_another()
    {
        var task = (await Tasks.AddAsync([NewTask("a")]))[0].Task;
        var running = task with { State = TaskState.Running, Reason = null, Started = Noon };
        await PutAsync(running with { Attempts = [new(1, "run_1", "term_1", Noon)] });

        // Nothing of it was started: the same attempt under other ids.
        await PutAsync(running with { Attempts = [new(1, "run_2", "term_2", Noon.AddSeconds(1))] });
        var busy = new TaskAttempt(1, "run_2", "term_2", Noon.AddSeconds(1), Noon.AddSeconds(2), AttemptOutcome.HandedBack, AttemptCause.HostBusy, "full");
        await PutAsync(running with { State = TaskState.Waiting, Reason = WaitReason.Schedule, NotBefore = Noon.AddSeconds(3), Attempts = [busy] });

        // An end told of ids that are not there is put as it is, too.
        var crashed = new TaskAttempt(1, "run_3", "term_3", Noon.AddSeconds(4), Noon.AddSeconds(5), AttemptOutcome.Failed, AttemptCause.Crash, "it died");
        await PutAsync(running with { State = TaskState.Dead, Finished = Noon.AddSeconds(5), Attempts = [crashed] });
        await PutAsync(running with { State = TaskState.Waiting, Reason = WaitReason.Slot, Finished = null, AttemptsForgiven = 1, Attempts = [crashed] });
        Assert.Equal(["a"], (await Tasks.OpenAsync(Token)).Select(open => open.TaskId));
        await PutAsync(running with { Attempts = [crashed, new(2, "run_4", "term_4", Noon.AddSeconds(6))] });

        async Task PutAsync(WorkTask next)
        {
            task = next with { Revision = task.Revision + 1 };
            Assert.True(await Tasks.ChangeAsync(task));
            Assert.False(await Tasks.ChangeAsync(task));
            AssertSame(task, await Tasks.FindAsync("a", Token));
        }
    }

    [Fact]
    public async Task Facts_about_tasks_are_told_with_what_they_tell_of_and_have_numbers_like_others()
    {
        List<WorkerEvent> told = [];
        Store.Committed = told.AddRange;
        await Workers.AddWorkersAsync([Worker("task_worker")]);
        var added = await Tasks.AddAsync([NewTask("task_1") with { Key = "k", ParentRun = "run_0" }, NewTask("task_2") with { Key = "k" }]);
        var task = added[0].Task;
        var claimed = task with { State = TaskState.Running, Reason = null, Started = Noon, Revision = 2, Attempts = [new(1, "run_1", "term_1", Noon)] };
        var started = WorkerEvent.OfQueue(Noon, WorkerEventKind.TaskStarted, "attempt 1", "run_1", new("task_1", TaskState.Running, "run_0"));
        Assert.True(await Tasks.ChangeAsync(claimed, fact: started));
        Assert.False(await Tasks.ChangeAsync(claimed, fact: started));
        await Tasks.PauseAsync(Noon, WorkerEvent.OfQueue(Noon, WorkerEventKind.QueuePaused, "paused"));
        var schedule = new Schedule { ScheduleId = "schedule_1", Name = "s", Cron = "0 3 * * *", TimeZone = "UTC", Work = new(null, "p", TaskPriority.Normal, null, new()), Created = Noon, Revision = 1 };
        await Store.Schedules.AddAsync(schedule);
        var fired = WorkerEvent.OfQueue(Noon, WorkerEventKind.ScheduleFired, "s: added", task: new("task_1", null));
        Assert.True(await Store.Schedules.ChangeAsync(schedule with { Revision = 2 }, fired));
        Assert.False(await Store.Schedules.ChangeAsync(schedule with { Revision = 2 }, fired));

        WorkerEvent[] expected =
        [
            WorkerEvent.OfQueue(Noon, WorkerEventKind.TaskAdded, "code, default", task: new("task_1", TaskState.Waiting, "run_0")) with { Number = 2 },
            started with { Number = 3 },
            WorkerEvent.OfQueue(Noon, WorkerEventKind.QueuePaused, "paused") with { Number = 4 },
            fired with { Number = 5 },
        ];
        Assert.Equal(expected, told.Skip(1));

        // Who may know of it stands in the task's row.
        var read = (await FactsAsync()).Skip(1).Select(fact => fact.Kind == WorkerEventKind.ScheduleFired ? fact with { Task = fired.Task } : fact);
        Assert.Equal(expected, read);
        Assert.Equal([2, 3, 5], await FactNumbersAsync(new() { TaskId = "task_1" }));
        Assert.Equal([3], await FactNumbersAsync(new() { Status = "running" }));
        Assert.Equal([1], await FactNumbersAsync(new() { WorkerId = "task_worker" }));
        Assert.Empty(await FactNumbersAsync(new() { WorkerId = "task_1" }));
        Assert.Empty(await FactNumbersAsync(new() { TaskId = "task_worker" }));
        Assert.Equal([1], await FactNumbersAsync(new() { WorkerType = "terminal-qwen" }));
    }

    [Fact]
    public async Task A_pause_is_kept()
    {
        Assert.Null(await Tasks.PausedAsync(Token));
        await Tasks.PauseAsync(Noon);
        Assert.Equal(Noon, await Tasks.PausedAsync(Token));
        await Tasks.PauseAsync(null);
        Assert.Null(await Tasks.PausedAsync(Token));
    }

    [Fact]
    public async Task Old_tasks_are_forgotten_unless_one_waits_for_them()
    {
        await Tasks.AddAsync([NewTask("old") with { Key = "k" }, NewTask("needed"), NewTask("new"), NewTask("open") with { After = ["needed"] }]);
        foreach (var (id, finished) in new[] { ("old", Noon), ("needed", Noon), ("new", Noon.AddHours(2)) })
        {
            await Tasks.ChangeAsync((await FoundAsync(id)) with { State = TaskState.Completed, Reason = null, Finished = finished, Revision = 2 });
        }

        await Tasks.RemoveAsync(Noon.AddHours(1));
        Assert.Equal(["open", "new", "needed"], await IdsAsync(new()));
        Assert.True((await Tasks.AddAsync([NewTask("again") with { Key = "k" }]))[0].IsNew);
    }

    private static WorkTask NewTask(string id) => new() { TaskId = id, Role = "code", Prompt = "do it", Created = Noon, Reason = WaitReason.Slot };

    private async Task<WorkTask> FoundAsync(string id) => (await Tasks.FindAsync(id, Token))!;

    private async Task<IEnumerable<string>> IdsAsync(TaskQuery query) => (await Tasks.ListAsync(query, Token)).Tasks.Select(task => task.TaskId);

    private async Task<IEnumerable<long>> FactNumbersAsync(FactQuery query) =>
        (await Store.History.FactsAsync(query, Token)).Facts.Select(fact => fact.Fact.Number);

    /// <summary>Lists are compared by what is in them.</summary>
    private static void AssertSame(WorkTask expected, WorkTask? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.After, actual.After);
        Assert.Equal(expected.Attempts, actual.Attempts);
        Assert.Equal(expected.Spec.Verify, actual.Spec.Verify);
        Assert.Equal(Bare(expected), Bare(actual));

        static WorkTask Bare(WorkTask task) => task with { After = [], Attempts = [], Spec = task.Spec with { Verify = [] } };
    }
}
