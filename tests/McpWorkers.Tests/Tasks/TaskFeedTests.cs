using System.Collections.Concurrent;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Tasks can be followed as runs can.</summary>
public sealed class TaskFeedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_life_is_told_in_order_and_each_step_only_once_it_is_kept()
    {
        var time = new HandTime();
        int tries = 0;
        await using var scene = new QueueScene(
            new NoOpAttempts((_, _) => Task.FromResult<AttemptEnd>(
                Interlocked.Increment(ref tries) == 1 ? new(AttemptOutcome.Failed, AttemptCause.Crash, "it died") : NoOpAttempts.Success)),
            time: time);
        var told = new ConcurrentQueue<WorkerEvent>();
        scene.Store.Committed = facts => facts.ToList().ForEach(told.Enqueue);
        var tasks = await scene.OpenAsync();
        await tasks.PauseAsync();
        await tasks.PauseAsync();
        string id = (await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token)).Task.TaskId;
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token);
        await tasks.EditAsync(id, new TaskEdit { Prompt = "q" }, Token);
        await tasks.ResumeAsync();
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromSeconds(5));
            return tasks.IsIdle;
        });
        await Until.TrueAsync(() => told.Any(fact => fact.Kind == WorkerEventKind.TaskCompleted));

        var kept = (await scene.Store.Workers.EventsAsync(0, 100, Token)).Facts;
        Assert.Equal(told, kept);
        Assert.Equal(Enumerable.Range(1, kept.Count).Select(n => (long)n), kept.Select(fact => fact.Number));
        Assert.Equal(
            ["queue_paused", "task_added", "task_edited", "queue_resumed", "task_started", "task_waiting", "task_waiting", "task_started", "task_completed"],
            kept.Select(fact => fact.Kind.ToWire()));
        Assert.All(kept.Where(fact => fact.Task is not null), fact => Assert.Equal(id, fact.Task!.TaskId));
        Assert.Equal(
            (await tasks.FindAsync(id, Token)).Attempts.Select(attempt => attempt.RunId),
            kept.Where(fact => fact.Kind == WorkerEventKind.TaskStarted).Select(fact => fact.RunId));
    }

    [Fact]
    public async Task When_the_next_task_is_due_is_told_of_those_that_still_wait()
    {
        var time = new HandTime();
        await using var scene = new QueueScene(new NoOpAttempts(), time: time);
        var tasks = await scene.OpenAsync();
        var now = time.GetUtcNow();
        var ids = (await tasks.AddAsync([new() { Prompt = "a", At = now.AddHours(1) }, new() { Prompt = "b", At = now.AddHours(2) }], Token)).Select(each => each.Task.TaskId).ToList();
        Assert.Equal(now.AddHours(1), (await tasks.StatusAsync(Token)).NextDue);
        await tasks.EditAsync(ids[0], new TaskEdit { At = now.AddHours(3) }, Token);
        Assert.Equal(now.AddHours(2), (await tasks.StatusAsync(Token)).NextDue);
        await tasks.CancelAsync(ids[1], "", Token);
        Assert.Equal(now.AddHours(3), (await tasks.StatusAsync(Token)).NextDue);
        await tasks.CancelAsync(ids[0], "", Token);
        Assert.Null((await tasks.StatusAsync(Token)).NextDue);
    }

    [Fact]
    public async Task An_agent_inside_a_run_is_told_of_its_own_tasks_alone()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher(), settings => settings with { Roles = [new() { Name = "code" }] });
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        await tasks.PauseAsync();
        var caller = new Caller { Kind = "agent", ParentRun = "run_of_mine" };
        string own = (await tasks.As(caller).AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder }, Token)).Task.TaskId;
        string other = (await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "other", WorkingDirectory = place.Folder }, Token)).Task.TaskId;

        var taken = await Assert.ThrowsAsync<RefusedException>(
            () => tasks.As(caller).AddAsync(new TaskRequest { Prompt = "p", Key = "other", WorkingDirectory = place.Folder }, Token));
        Assert.Contains("'other'", taken.Message, StringComparison.Ordinal);

        var inside = place.Manager.As(caller);
        var seen = (await inside.History.FactsAsync(new FactQuery(), TimeSpan.Zero, Token)).Facts.Select(past => past.Fact).ToList();
        Assert.Contains(seen, fact => fact.Kind == WorkerEventKind.TaskAdded);
        Assert.All(seen, fact => Assert.Equal(own, fact.Task?.TaskId));

        // More may have come meanwhile: what it added is taken back, since its run is over.
        Assert.Equal(seen, (await inside.EventsAsync(0, 100, Token)).Facts.Take(seen.Count));
        Assert.Empty((await inside.History.FactsAsync(new FactQuery { TaskId = "other" }, TimeSpan.Zero, Token)).Facts);

        var ofOther = (await place.Manager.History.FactsAsync(new FactQuery { TaskId = "other" }, TimeSpan.Zero, Token)).Facts;
        Assert.Equal(other, Assert.Single(ofOther).Fact.Task!.TaskId);
        var both = await Assert.ThrowsAsync<RefusedException>(
            () => place.Manager.History.FactsAsync(new FactQuery { TaskId = "other", WorkerId = "term_1" }, TimeSpan.Zero, Token));
        Assert.Equal(RefusalCode.InvalidArgument, both.Code);
    }
}
