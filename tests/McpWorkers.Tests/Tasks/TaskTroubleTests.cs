using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Notices;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Trouble that comes to many tasks at once, and a task that kills whoever does it.</summary>
public sealed class TaskTroubleTests
{
    private const int Many = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_that_fail_together_for_a_passing_cause_are_not_tried_again_together()
    {
        var time = new HandTime();
        await using var scene = new QueueScene(
            new NoOpAttempts((_, _) => Task.FromResult<Engine.Tasks.Rules.AttemptEnd>(new(AttemptOutcome.Failed, AttemptCause.ServiceUnavailable, "503"))), slots: Many, time: time)
        {
            Settings = new()
            {
                DataDirectory = "/nowhere", Roles = [new() { Name = "code", Concurrency = Many }], Tasks = new() { Retry = new() { PerMinute = 10_000 } },
            },
        };
        var tasks = await scene.OpenAsync();
        await tasks.AddAsync([.. Enumerable.Range(0, Many).Select(_ => new TaskRequest { Prompt = "p" })], Token);

        double longest = scene.Settings.Tasks.Retry.First.TotalSeconds;
        for (int attempt = 1; attempt < 3; attempt++, longest *= 2)
        {
            // All of them fail while no time passes at all.
            await UntilAsync(TaskState.Waiting, attempt);
            var waits = (await ListAsync()).Select(task => (task.NotBefore!.Value - task.LastAttempt!.Finished!.Value).TotalSeconds).ToList();
            Assert.All(waits, wait => Assert.InRange(wait, longest / 2, longest));
            Assert.InRange(waits.Distinct().Count(), Many - 2, Many);

            // Evenly: no fifth of that time has more than twice its share, or less than a third.
            var fifths = waits.CountBy(wait => Math.Min(4, (int)((wait - (longest / 2)) / (longest / 10)))).ToDictionary();
            Assert.All(Enumerable.Range(0, 5), fifth => Assert.InRange(fifths.GetValueOrDefault(fifth), Many / 15, Many * 2 / 5));
            Assert.Equal(0, scene.Slots.Taken);
            time.Pass(TimeSpan.FromSeconds(longest));
        }

        await UntilAsync(TaskState.Failed, 3);
        return;

        async Task<IReadOnlyList<WorkTask>> ListAsync() => (await tasks.ListAsync(new() { Limit = Many }, Token)).Tasks;

        async Task UntilAsync(TaskState state, int attempts) => await Until.TrueAsync(
            () => ListAsync().Result.All(task => task.State == state && task.Attempts.Count == attempts && task.LastAttempt!.IsOver && task.Reason is null or WaitReason.Schedule));
    }

    [Fact]
    public async Task A_poison_task_is_put_away_after_its_third_victim_the_others_go_on_and_one_notice_is_given()
    {
        var time = new HandTime();
        await using var scene = new QueueScene(
            new NoOpAttempts((task, _) => Task.FromResult(task.Key == "poison" ? new(AttemptOutcome.Failed, AttemptCause.Crash, "its worker died") : NoOpAttempts.Success)),
            slots: 2, time: time);
        var tasks = await scene.OpenAsync();
        var teller = new CountingTeller();
        var keeper = new NoticeKeeper(teller, scene.Store.Notices, tasks.ListAsync, TimeSpan.FromDays(30), scene.Notes, time);
        using var listening = tasks.Listen(change => keeper.Changed(change.Task));
        keeper.Start();
        await Until.TrueAsync(() => scene.Store.Notices.SinceAsync(Token).Result is not null);

        await tasks.AddAsync([.. Enumerable.Range(0, 20).Select(i => new TaskRequest { Prompt = "p", Key = i == 7 ? "poison" : $"k{i}", Role = "code" })], Token);

        // The others are done while it waits for its second attempt, and no time passes.
        await Until.TrueAsync(() => tasks.StatusAsync(Token).Result.Tasks.GetValueOrDefault(TaskState.Completed) == 19);
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromSeconds(1));
            return tasks.IsIdle;
        });
        await Until.TrueAsync(() => teller.Told.Count > 0);
        await keeper.DisposeAsync();

        var all = (await tasks.ListAsync(new(), Token)).Tasks;
        Assert.Equal((20, 19), (all.Count, all.Count(task => task.State == TaskState.Completed)));
        var poison = Assert.Single(all, task => task.State == TaskState.Dead);
        Assert.Equal(("poison", 3), (poison.Key, poison.Attempts.Count));
        Assert.Equal([poison.TaskId], teller.Told.Select(notice => (string)notice.Body["task_id"]!));
        Assert.Equal("task_dead", (string)teller.Told[0].Body["kind"]!);
    }

    private sealed class CountingTeller : INoticeTeller
    {
        public List<Notice> Told { get; } = [];

        public Task<string> TellAsync(Notice notice, CancellationToken cancellationToken)
        {
            Told.Add(notice);
            return Task.FromResult("");
        }
    }
}
