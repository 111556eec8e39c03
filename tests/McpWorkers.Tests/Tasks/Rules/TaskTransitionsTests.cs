using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Rules;

public sealed class TaskTransitionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, WorkTask> Starts = new()
    {
        ["waiting slot"] = Task(),
        ["waiting schedule"] = Task() with { Reason = WaitReason.Schedule, NotBefore = Now },
        ["waiting dependency"] = Task() with { Reason = WaitReason.Dependency, After = ["task_0"] },
        ["parked quota"] = Task() with { State = TaskState.Parked, Reason = WaitReason.Quota },
        ["running"] = Running(StopWish.None),
        ["running cancel"] = Running(StopWish.Cancel),
        ["running hand_back"] = Running(StopWish.HandBack),
        ["completed"] = Over(TaskState.Completed),
        ["failed"] = Over(TaskState.Failed),
        ["cancelled"] = Over(TaskState.Cancelled),
        ["dead"] = Over(TaskState.Dead),
    };

    private static readonly Dictionary<string, TaskEvent> Events = new()
    {
        ["freed"] = new TaskEvent.Freed(),
        ["dependency failed"] = new TaskEvent.DependencyFailed("task_0 failed"),
        ["claimed"] = new TaskEvent.Claimed("run_2", "term_2"),
        ["begun anew"] = new TaskEvent.BegunAnew("run_3", "term_3"),
        ["ended well"] = Ended(AttemptOutcome.Completed, AttemptCause.None, new NextStep.Finish(TaskState.Completed)),
        ["ended badly"] = Ended(AttemptOutcome.Failed, AttemptCause.Missing, new NextStep.Finish(TaskState.Failed)),
        ["ended, again"] = Ended(AttemptOutcome.Failed, AttemptCause.Crash, new NextStep.Again(TimeSpan.FromSeconds(5))),
        ["ended, at once"] = Ended(AttemptOutcome.Failed, AttemptCause.VerificationFailed, new NextStep.Again(TimeSpan.Zero)),
        ["ended, dead"] = Ended(AttemptOutcome.Lost, AttemptCause.Lost, new NextStep.Finish(TaskState.Dead)),
        ["stopped"] = Ended(AttemptOutcome.Cancelled, AttemptCause.Cancelled, new NextStep.Finish(TaskState.Cancelled)),
        ["host busy"] = Ended(AttemptOutcome.HandedBack, AttemptCause.HostBusy, new NextStep.Again(TimeSpan.Zero)),
        ["parked"] = new TaskEvent.Parked(WaitReason.Budget, "spent"),
        ["unparked"] = new TaskEvent.Unparked(),
        ["cancel asked"] = new TaskEvent.CancelAsked("no more"),
        ["hand back asked"] = new TaskEvent.HandBackAsked(),
        ["retry asked"] = new TaskEvent.RetryAsked(),
        ["edited"] = new TaskEvent.Edited(new TaskEdit { Prompt = "other" }, "default"),
    };

    /// <summary>All that can happen. What is not here cannot.</summary>
    private static readonly Dictionary<(string State, string Event), string> Allowed = new()
    {
        [("waiting schedule", "freed")] = "waiting slot",
        [("waiting dependency", "freed")] = "waiting slot",
        [("waiting slot", "claimed")] = "running",
        [("running", "begun anew")] = "running",
        [("running cancel", "begun anew")] = "running cancel",
        [("running hand_back", "begun anew")] = "running hand_back",
        [("running", "ended well")] = "completed",
        [("running cancel", "ended well")] = "completed",
        [("running hand_back", "ended well")] = "completed",
        [("running", "ended badly")] = "failed",
        [("running cancel", "ended badly")] = "cancelled",
        [("running hand_back", "ended badly")] = "failed",
        [("running", "ended, again")] = "waiting schedule",
        [("running cancel", "ended, again")] = "cancelled",
        [("running hand_back", "ended, again")] = "waiting schedule",
        [("running", "ended, at once")] = "waiting slot",
        [("running cancel", "ended, at once")] = "cancelled",
        [("running hand_back", "ended, at once")] = "waiting slot",
        [("running", "ended, dead")] = "dead",
        [("running cancel", "ended, dead")] = "cancelled",
        [("running hand_back", "ended, dead")] = "dead",
        [("running", "stopped")] = "cancelled",
        [("running cancel", "stopped")] = "cancelled",
        [("running hand_back", "stopped")] = "waiting slot",
        [("running", "host busy")] = "waiting schedule",
        [("running cancel", "host busy")] = "cancelled",
        [("running hand_back", "host busy")] = "waiting schedule",
        [("waiting slot", "parked")] = "parked budget",
        [("waiting schedule", "parked")] = "parked budget",
        [("waiting dependency", "parked")] = "parked budget",
        [("parked quota", "unparked")] = "waiting slot",
        [("waiting slot", "dependency failed")] = "failed",
        [("waiting schedule", "dependency failed")] = "failed",
        [("waiting dependency", "dependency failed")] = "failed",
        [("parked quota", "dependency failed")] = "failed",
        [("waiting slot", "cancel asked")] = "cancelled",
        [("waiting schedule", "cancel asked")] = "cancelled",
        [("waiting dependency", "cancel asked")] = "cancelled",
        [("parked quota", "cancel asked")] = "cancelled",
        [("running", "cancel asked")] = "running cancel",
        [("running hand_back", "cancel asked")] = "running cancel",
        [("running", "hand back asked")] = "running hand_back",
        [("failed", "retry asked")] = "waiting slot",
        [("cancelled", "retry asked")] = "waiting slot",
        [("dead", "retry asked")] = "waiting slot",
        [("waiting slot", "edited")] = "waiting slot",
        [("waiting schedule", "edited")] = "waiting slot",
        [("waiting dependency", "edited")] = "waiting dependency",
        [("parked quota", "edited")] = "parked quota",
    };

    [Fact]
    public void The_table_is_whole()
    {
        foreach (var (name, task) in Starts)
        {
            foreach (var (what, happened) in Events)
            {
                var next = TaskTransitions.Apply(task, happened, Now);
                Assert.Equal((name, what, Allowed.GetValueOrDefault((name, what))), (name, what, next is null ? null : NameOf(next)));
                if (next is not null)
                {
                    AssertSound(next);
                    Assert.Equal(task.Revision + 1, next.Revision);
                }
            }
        }
    }

    public static TheoryData<string> Held => [.. Starts.Keys.Where(name => name.StartsWith("waiting", StringComparison.Ordinal) || name.StartsWith("parked", StringComparison.Ordinal)), "parked budget", "waiting again"];

    [Theory]
    [MemberData(nameof(Held))]
    public void Leave_is_none_for_what_a_task_was_changed_to_whatever_it_waits_for(string name)
    {
        var task = (name switch
        {
            "parked budget" => Task() with { State = TaskState.Parked, Reason = WaitReason.Budget, Detail = "spent" },
            "waiting again" => TaskTransitions.Apply(Running(StopWish.None), Events["ended, again"], Now)!,
            _ => Starts[name],
        }) with { Spec = new() { Autonomy = AutonomyLevel.HumanRequired, Verify = ["make"], Files = ["a"] } };

        foreach (var edit in new TaskEdit[] { new() { Prompt = "other" }, new() { WorkerType = "claude" }, new() { Model = "m" }, new() { Verify = ["rm x"] }, new() { Timeout = TimeSpan.FromHours(1) } })
        {
            var changed = TaskTransitions.Apply(task, new TaskEvent.Edited(edit, "default"), Now)!;
            Assert.Equal(("parked approval", ""), (NameOf(changed), changed.Detail));
            Assert.Equal(task.NotBefore, changed.NotBefore);
            AssertSound(changed);
        }

        // When it is done is no matter of leave, and what stays as it was neither.
        foreach (var edit in new TaskEdit[] { new() { Priority = TaskPriority.High }, new() { At = Now.AddHours(1) }, new() { Prompt = "p", Verify = ["make"] } })
        {
            Assert.NotEqual(WaitReason.Approval, TaskTransitions.Apply(task, new TaskEvent.Edited(edit, "default"), Now)!.Reason);
        }
    }

    [Fact]
    public void An_attempt_that_ended_keeps_its_end_and_the_next_one_its_own_number()
    {
        var waiting = TaskTransitions.Apply(Running(StopWish.None), Events["ended, at once"], Now)!;
        Assert.Equal((AttemptOutcome.Failed, AttemptCause.VerificationFailed, Now), (waiting.LastAttempt!.Outcome, waiting.LastAttempt.Cause, waiting.LastAttempt.Finished));
        var again = TaskTransitions.Apply(waiting, Events["claimed"], Now)!;
        Assert.Equal([(1, "run_1"), (2, "run_2")], again.Attempts.Select(attempt => (attempt.Number, attempt.RunId)));
        Assert.Equal(2, again.Tries);
    }

    [Fact]
    public void What_the_host_could_not_take_on_is_no_try_and_leaves_no_attempt()
    {
        var busy = TaskTransitions.Apply(Running(StopWish.None), Events["host busy"], Now)!;
        Assert.Equal((0, Now.AddSeconds(1)), (busy.Tries, busy.NotBefore!.Value));
        var free = TaskTransitions.Apply(busy, Events["freed"], Now.AddSeconds(1))!;
        Assert.Equal(["run_2"], TaskTransitions.Apply(free, Events["claimed"], Now)!.Attempts.Select(attempt => attempt.RunId));
    }

    [Fact]
    public void A_task_that_is_tried_again_has_all_its_tries_before_it()
    {
        var dead = Over(TaskState.Dead) with { Attempts = [.. Enumerable.Range(1, 3).Select(i => Attempt(i) with { Outcome = AttemptOutcome.Failed, Cause = AttemptCause.Crash })] };
        Assert.Equal((3, 3), (dead.Tries, dead.Deaths));
        var again = TaskTransitions.Apply(dead, Events["retry asked"], Now)!;
        Assert.Equal((0, 0, 3), (again.Tries, again.Deaths, again.Attempts.Count));
    }

    private static void AssertSound(WorkTask task)
    {
        Assert.Equal(task.State.IsOver(), task.Finished is not null);
        Assert.Equal(task.State is TaskState.Waiting or TaskState.Parked, task.Reason is not null);
        Assert.Equal(task.State == TaskState.Running, task.Attempts.Any(attempt => !attempt.IsOver));
        Assert.True(task.State == TaskState.Running || task.Wish == StopWish.None);
        Assert.False(task.State == TaskState.Waiting && task.Reason == WaitReason.Slot && task.NotBefore > Now);
    }

    private static string NameOf(WorkTask task) => (task.State.ToWire() + " " + (task.Reason?.ToWire() ?? task.Wish switch
    {
        StopWish.Cancel => "cancel",
        StopWish.HandBack => "hand_back",
        _ => "",
    })).Trim();

    private static WorkTask Task() => new()
    {
        TaskId = "task_1", Role = "code", Prompt = "p", Created = Now.AddHours(-1), State = TaskState.Waiting, Reason = WaitReason.Slot, Revision = 7,
    };

    private static TaskAttempt Attempt(int number) => new(number, $"run_{number}", $"term_{number}", Now.AddMinutes(-1));

    private static WorkTask Running(StopWish wish) => Task() with { State = TaskState.Running, Reason = null, Started = Now, Attempts = [Attempt(1)], Wish = wish };

    private static WorkTask Over(TaskState state) => Task() with
    {
        State = state, Reason = null, Finished = Now, Attempts = [Attempt(1) with { Finished = Now, Outcome = AttemptOutcome.Failed, Cause = AttemptCause.AgentError }],
    };

    private static TaskEvent.AttemptEnded Ended(AttemptOutcome outcome, AttemptCause cause, NextStep next) => new(new(outcome, cause, "why"), next);
}
