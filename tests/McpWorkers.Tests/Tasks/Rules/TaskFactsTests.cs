using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Rules;

/// <summary>What is told of each change.</summary>
public sealed class TaskFactsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TaskEvent.AttemptEnded Crashed = new(
        new(AttemptOutcome.Failed, AttemptCause.Crash, "it died\nbadly"), new NextStep.Again(TimeSpan.FromSeconds(90)));

    public static TheoryData<string, string?, string?, string> Told => new()
    {
        { "claimed", "task_started", "run_2", "attempt 2" },
        { "begun anew", "task_started", "run_3", "attempt 1" },
        { "crashed", "task_waiting", "run_1", "attempt 1 ended as failed (crash); waits until 2026-03-01T12:01:30Z: it died badly" },
        { "red", "task_waiting", "run_1", "attempt 1 ended as failed (verification_failed); waits for a slot: red" },
        { "stopped by stop-all", "task_handed_back", "run_1", "attempt 1 does not count; waits for a slot: stopped" },
        { "freed", "task_waiting", null, "waits for a slot" },
        { "parked", "task_parked", null, "budget: spent" },
        { "unparked", "task_waiting", null, "waits for a slot" },
        { "edited", "task_edited", null, "code, low_priority; waits for other tasks" },
        { "completed", "task_completed", "run_1", "attempt 1" },
        { "failed", "task_failed", "run_1", "no such program" },
        { "dead", "task_dead", "run_1", "it died badly" },
        { "cancelled", "task_cancelled", null, "no more" },
        { "dependency failed", "task_failed", null, "task_0 failed" },
        { "retried", "task_waiting", null, "to be tried again; waits for a slot" },
        { "cancel asked", null, null, "" },
        { "hand back asked", null, null, "" },
    };

    [Theory]
    [MemberData(nameof(Told))]
    public void Each_change_is_told_in_one_line(string change, string? kind, string? runId, string text)
    {
        var (before, happened) = Change(change);
        var after = TaskTransitions.Apply(before, happened, Now)!;
        var fact = TaskFacts.Of(happened, after, Now);
        Assert.Equal(kind, fact?.Kind.ToWire());
        if (fact is not null)
        {
            Assert.Equal(("", runId, text, Now), (fact.WorkerId, fact.RunId, fact.Text, fact.Time));
            Assert.Equal(new TaskFact("task_1", after.State, "run_0"), fact.Task);
            Assert.Equal(after.State.ToWire(), fact.StatusName);
        }
    }

    [Fact]
    public void A_long_reason_is_cut() => Assert.InRange(
        TaskFacts.Of(new TaskEvent.CancelAsked(""), Task() with { State = TaskState.Cancelled, Detail = new string('x', 10_000) }, Now)!.Text.Length, 100, 500);

    [Fact]
    public void The_queue_and_schedules_have_facts_without_a_status()
    {
        var paused = TaskFacts.OfQueue(isPaused: true, Now);
        var fired = TaskFacts.OfSchedule(
            new Schedule { ScheduleId = "schedule_1", Name = "nightly", Cron = "", TimeZone = "", Work = new(null, "p", TaskPriority.Normal, null, new()), Created = Now }, "task_1", "added late", Now);
        Assert.Equal(("queue_paused", null, null), (paused.Kind.ToWire(), paused.StatusName, paused.Task));
        Assert.Equal("queue_resumed", TaskFacts.OfQueue(isPaused: false, Now).Kind.ToWire());
        Assert.Equal(("schedule_fired", null, "task_1", "nightly: added late"), (fired.Kind.ToWire(), fired.StatusName, fired.Task!.TaskId, fired.Text));
    }

    private static (WorkTask Before, TaskEvent Happened) Change(string name) => name switch
    {
        "claimed" => (Running() with { State = TaskState.Waiting, Reason = WaitReason.Slot, Attempts = [Attempt(AttemptOutcome.Failed)] }, new TaskEvent.Claimed("run_2", "term_2")),
        "begun anew" => (Running(), new TaskEvent.BegunAnew("run_3", "term_3")),
        "crashed" => (Running(), Crashed),
        "red" => (Running(), new TaskEvent.AttemptEnded(new(AttemptOutcome.Failed, AttemptCause.VerificationFailed, "red"), new NextStep.Again(TimeSpan.Zero))),
        "stopped by stop-all" => (
            Running() with { Wish = StopWish.HandBack },
            new TaskEvent.AttemptEnded(new(AttemptOutcome.Cancelled, AttemptCause.Cancelled, "stopped"), new NextStep.Finish(TaskState.Cancelled))),
        "freed" => (Task() with { Reason = WaitReason.Dependency, Attempts = [Attempt(AttemptOutcome.HandedBack)] }, new TaskEvent.Freed()),
        "parked" => (Task(), new TaskEvent.Parked(WaitReason.Budget, "spent")),
        "unparked" => (Task() with { State = TaskState.Parked, Reason = WaitReason.Budget }, new TaskEvent.Unparked()),
        "edited" => (Task() with { Reason = WaitReason.Dependency }, new TaskEvent.Edited(new TaskEdit { Priority = TaskPriority.Low }, "low_priority")),
        "completed" => (Running(), new TaskEvent.AttemptEnded(new(AttemptOutcome.Completed, AttemptCause.None), new NextStep.Finish(TaskState.Completed))),
        "failed" => (Running(), new TaskEvent.AttemptEnded(new(AttemptOutcome.Failed, AttemptCause.Missing, "no such program"), new NextStep.Finish(TaskState.Failed))),
        "dead" => (Running(), Crashed with { Next = new NextStep.Finish(TaskState.Dead) }),
        "cancelled" => (Task() with { Attempts = [Attempt(AttemptOutcome.Failed)] }, new TaskEvent.CancelAsked("no more")),
        "dependency failed" => (Task() with { Reason = WaitReason.Dependency }, new TaskEvent.DependencyFailed("task_0 failed")),
        "retried" => (Running() with { State = TaskState.Failed, Finished = Now, Attempts = [Attempt(AttemptOutcome.Failed)] }, new TaskEvent.RetryAsked()),
        "cancel asked" => (Running(), new TaskEvent.CancelAsked("no more")),
        _ => (Running(), new TaskEvent.HandBackAsked()),
    };

    private static WorkTask Task() => new()
    {
        TaskId = "task_1", Role = "code", Prompt = "do it", ParentRun = "run_0", Created = Now, Reason = WaitReason.Slot, Position = 1, Revision = 1,
    };

    private static WorkTask Running() => Task() with { State = TaskState.Running, Reason = null, Started = Now, Attempts = [new(1, "run_1", "term_1", Now)] };

    private static TaskAttempt Attempt(AttemptOutcome outcome) => new(1, "run_1", "term_1", Now, Now, outcome, AttemptCause.Crash, "before");
}
