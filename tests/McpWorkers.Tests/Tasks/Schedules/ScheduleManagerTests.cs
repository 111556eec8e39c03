using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Schedules;
using McpWorkers.Engine.Workers;
using Xunit;
using static McpWorkers.Tests.Tasks.Schedules.ScheduleScene;

namespace McpWorkers.Tests.Tasks.Schedules;

public sealed class ScheduleManagerTests
{
    private readonly ScheduleScene _scene = new();

    [Fact]
    public async Task A_schedule_is_kept_as_it_was_asked_for_and_keeps_a_host_awake()
    {
        Assert.True(_scene.Manager.IsIdle);
        var request = new TaskRequest { Prompt = "look", Role = "review", Priority = TaskPriority.Low, WorkerType = "simulated", WorkingDirectory = "/srv", Verify = ["make"] };

        var added = await _scene.Manager.AddAsync(new() { Cron = " 0 3 * * 1-5 ", Task = request, Overlap = OverlapPolicy.Replace, Missed = MissedPolicy.Skip }, Token);

        Assert.Matches("^schedule_[0-9a-f]{16}$", added.ScheduleId);
        Assert.Equal((added.ScheduleId, "0 3 * * 1-5", "Europe/Vienna"), (added.Name, added.Cron, added.TimeZone));
        Assert.Equal(("review", "look", TaskPriority.Low, "simulated", "/srv"),
            (added.Work.Role, added.Work.Prompt, added.Work.Priority, added.Work.Spec.WorkerType, added.Work.Spec.WorkingDirectory));
        Assert.Equal(new DateTimeOffset(2026, 3, 3, 2, 0, 0, TimeSpan.Zero), added.NextDue);
        Assert.Equal(added, Assert.Single(await _scene.Manager.ListAsync(Token)));
        Assert.False(_scene.Manager.IsIdle);
    }

    [Theory]
    [InlineData("61 * * * *", "UTC", "s", "'61 * * * *' is no cron expression: Minute and Second values must be between 0 and 59. Five fields are needed")]
    [InlineData("0 0 3 * * *", "UTC", "s", "'0 0 3 * * *' is no cron expression: it has 6 fields. Five fields are needed")]
    [InlineData("0 3 * *", "UTC", "s", "Five fields are needed")]
    [InlineData("0 0 3 * * *", "UTC", "s", "Five fields are needed")]
    [InlineData("0 0 30 2 *", "UTC", "s", "names no time to come")]
    [InlineData("0 3 * * *", "Europe/Atlantis", "s", "'Europe/Atlantis' is no time zone")]
    [InlineData("0 3 * * *", "UTC", "a b", "'a b' is no name of a schedule")]
    [InlineData("0 3 * * *", "UTC", "taken", "There is a schedule 'taken' already")]
    public async Task What_cannot_be_is_refused(string cron, string zone, string name, string why)
    {
        await _scene.AddAsync("0 0 * * *", name: "taken");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => _scene.AddAsync(cron, name: name, zone: zone));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Single(await _scene.Manager.ListAsync(Token));
    }

    [Fact]
    public async Task What_belongs_to_one_task_only_is_refused()
    {
        foreach (var task in new TaskRequest[] { new() { Prompt = "p", Key = "k" }, new() { Prompt = "p", At = Noon }, new() { Prompt = "p", After = ["x"] } })
        {
            await Assert.ThrowsAsync<RefusedException>(() => _scene.Manager.AddAsync(new() { Cron = "0 0 * * *", TimeZone = "UTC", Task = task }, Token));
        }
    }

    [Fact]
    public async Task A_pause_is_not_made_up_for()
    {
        await _scene.AddAsync("0 * * * *");
        var paused = await _scene.Manager.PauseAsync("s", Token);
        Assert.Equal((Noon, null, true), (paused.Paused!.Value, paused.NextDue, _scene.Manager.IsIdle));
        Assert.Equal(paused, await _scene.Manager.PauseAsync("s", Token));
        await _scene.PassAsync(TimeSpan.FromHours(3), TimeSpan.FromMinutes(10));
        Assert.Empty(_scene.Tasks.Keys);

        var resumed = await _scene.Manager.ResumeAsync("s", Token);

        Assert.Equal((null, Noon.AddHours(4), false), (resumed.Paused, resumed.NextDue!.Value, _scene.Manager.IsIdle));
        await _scene.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        Assert.Single(_scene.Tasks.Keys);
    }

    [Fact]
    public async Task Run_now_adds_one_and_leaves_the_clock_alone_even_where_it_is_paused()
    {
        var schedule = await _scene.AddAsync("0 * * * *", overlap: OverlapPolicy.Skip);
        await _scene.Manager.RunNowAsync("s", Token);
        var twice = await _scene.Manager.RunNowAsync(schedule.ScheduleId, Token);
        Assert.Equal(("task_2", "added by hand", schedule.NextDue, 0L), (twice.LastTask, twice.LastOutcome, twice.NextDue, twice.Firings));

        await _scene.Manager.PauseAsync("s", Token);
        Assert.Equal("task_3", (await _scene.Manager.RunNowAsync("s", Token)).LastTask);
    }

    [Fact]
    public async Task A_schedule_that_was_removed_is_known_no_more()
    {
        await _scene.AddAsync("0 * * * *");
        await _scene.Manager.RemoveAsync("s", Token);

        await _scene.PassAsync(TimeSpan.FromHours(2), TimeSpan.FromMinutes(10));
        Assert.Empty(_scene.Tasks.Keys);
        Assert.True(_scene.Manager.IsIdle);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _scene.Manager.RunNowAsync("s", Token));
        Assert.Equal(RefusalCode.NotFound, refused.Code);
    }

    [Fact]
    public async Task An_agent_inside_a_run_has_no_rights_to_schedules()
    {
        await _scene.AddAsync("0 * * * *");
        var inside = _scene.Manager.As(Caller.Owner with { ParentRun = "run_1" });

        foreach (var attempt in new Func<Task>[]
        {
            () => inside.ListAsync(Token), () => inside.FindAsync("s", Token), () => inside.RunNowAsync("s", Token), () => inside.PauseAsync("s", Token),
            () => inside.ResumeAsync("s", Token), () => inside.RemoveAsync("s", Token),
            () => inside.AddAsync(new() { Cron = "0 0 * * *", TimeZone = "UTC", Task = new() { Prompt = "p" } }, Token),
        })
        {
            Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusedException>(attempt)).Code);
        }

        Assert.Single(await _scene.Manager.ListAsync(Token));
        Assert.Empty(_scene.Tasks.Keys);
    }

    [Fact(Timeout = 20_000)]
    public async Task The_clock_looks_again_when_something_changes_and_goes_on_after_trouble()
    {
        int looks = 0;
        var looked = new SemaphoreSlim(0);
        await using var clock = new ScheduleClock(
            _ =>
            {
                looked.Release();
                return Interlocked.Increment(ref looks) == 1
                    ? throw new RefusedException(RefusalCode.ShuttingDown, "not now")
                    : Task.FromResult<DateTimeOffset?>(null);
            },
            new(), TimeProvider.System);
        clock.Start();
        Assert.True(await looked.WaitAsync(TimeSpan.FromSeconds(5), Token));
        clock.Wake();
        Assert.True(await looked.WaitAsync(TimeSpan.FromSeconds(5), Token));
    }
}
