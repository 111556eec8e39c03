using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Tasks.Schedules.ScheduleScene;

namespace McpWorkers.Tests.Tasks.Schedules;

/// <summary>Whatever the clock does: neither a storm of tasks nor none.</summary>
public sealed class ScheduleRoundsTests
{
    private readonly ScheduleScene _scene = new();

    [Fact]
    public async Task Each_time_is_one_task_however_often_one_looks()
    {
        await _scene.AddAsync("*/10 * * * *");

        await _scene.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromSeconds(7));

        Assert.Equal(6, _scene.Tasks.Keys.Count);
        var schedule = await _scene.Manager.FindAsync("s", Token);
        Assert.Equal((Noon.AddHours(1), Noon.AddMinutes(70), "task_6", "added", 6L),
            (schedule.LastDue!.Value, schedule.NextDue!.Value, schedule.LastTask, schedule.LastOutcome, schedule.Firings));
        await _scene.Manager.RunNowAsync("s", Token);
        Assert.Equal(
            [.. Enumerable.Range(1, 6).Select(n => ("schedule_fired", $"task_{n}", "s: added")), ("schedule_fired", "task_7", "s: added by hand")],
            _scene.Facts.Select(fact => (fact.Kind.ToWire(), fact.Task!.TaskId, fact.Text)));
    }

    [Fact]
    public async Task A_look_tells_when_the_next_one_is_due()
    {
        await _scene.AddAsync("0 * * * *", name: "a");
        await _scene.AddAsync("30 * * * *", name: "b");
        await _scene.AddAsync("10 * * * *", name: "c");
        await _scene.Manager.PauseAsync("c", Token);

        Assert.Equal(Noon.AddMinutes(30), await _scene.Rounds.RunOnceAsync(Token));
    }

    [Theory]
    [InlineData(MissedPolicy.Once, 1, "added late")]
    [InlineData(MissedPolicy.Skip, 0, "missed")]
    public async Task What_a_sleeping_machine_missed_is_one_task_or_none(MissedPolicy missed, int tasks, string outcome)
    {
        await _scene.AddAsync("*/5 * * * *", missed);

        var schedule = await _scene.LookAsync(Noon.AddHours(30).AddMinutes(3));
        Assert.Equal((tasks, outcome), (_scene.Tasks.Keys.Count, schedule.LastOutcome));
        Assert.Equal(Noon.AddHours(30).AddMinutes(5), schedule.NextDue);

        await _scene.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20));
        Assert.Equal(tasks + 2, _scene.Tasks.Keys.Count);
    }

    [Fact]
    public async Task A_look_that_comes_a_little_late_has_missed_nothing()
    {
        await _scene.AddAsync("*/5 * * * *", MissedPolicy.Skip);

        Assert.Equal("added", (await _scene.LookAsync(Noon.AddMinutes(6))).LastOutcome);
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_and_back_again_neither_storms_nor_stalls()
    {
        await _scene.AddAsync("*/5 * * * *");
        await _scene.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20));
        Assert.Equal(2, _scene.Tasks.Keys.Count);

        await _scene.LookAsync(Noon.AddDays(2));
        Assert.Equal(3, _scene.Tasks.Keys.Count);

        var back = await _scene.LookAsync(Noon.AddMinutes(11));
        Assert.Equal(Noon.AddMinutes(15), back.NextDue);
        await _scene.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20));
        Assert.Equal(5, _scene.Tasks.Keys.Count);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_a_little_does_not_do_it_again()
    {
        await _scene.AddAsync("0 * * * *");
        await _scene.LookAsync(Noon.AddHours(1));
        var back = await _scene.LookAsync(Noon.AddMinutes(50));

        Assert.Equal(Noon.AddHours(2), back.NextDue);
        await _scene.PassAsync(TimeSpan.FromMinutes(60), TimeSpan.FromSeconds(20));
        Assert.Single(_scene.Tasks.Keys);
    }

    [Fact]
    public async Task A_clock_that_steps_at_random_never_gives_more_than_one_task_for_each_look_and_goes_on_in_the_end()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        await _scene.AddAsync("* * * * *");
        for (int i = 0; i < 300; i++)
        {
            int before = _scene.Tasks.Keys.Count;
            await _scene.LookAsync(_scene.Time.Now + TimeSpan.FromSeconds(random.Next(-200_000, 200_000)));
            Assert.True(_scene.Tasks.Keys.Count - before <= 1, $"seed {seed}, look {i}");
        }

        int settled = _scene.Tasks.Keys.Count;

        // An hour may be held back for what it did before; the one after that is kept to the minute.
        await _scene.PassAsync(TimeSpan.FromHours(2), TimeSpan.FromSeconds(20));
        Assert.True(_scene.Tasks.Keys.Count - settled is >= 59 and <= 121, $"seed {seed}: {_scene.Tasks.Keys.Count - settled} tasks in two hours");
    }

    [Fact]
    public async Task A_host_that_ends_between_task_and_row_does_not_add_it_again()
    {
        await _scene.AddAsync("0 * * * *");
        _scene.Tasks.DiesAfterAdding = new StoreException(StoreFault.Closed, "ended");
        _scene.Time.Now = Noon.AddHours(1);
        await Assert.ThrowsAsync<StoreException>(() => _scene.Rounds.RunOnceAsync(Token));
        Assert.Null((await _scene.Manager.FindAsync("s", Token)).LastTask);

        var schedule = await _scene.LookAsync(Noon.AddHours(1).AddMinutes(20));

        Assert.Single(_scene.Tasks.Keys);
        Assert.Equal(("task_1", 1L), (schedule.LastTask, schedule.Firings));
    }

    [Theory]
    [InlineData(OverlapPolicy.Skip, 1, 0, "skipped: task_1 was not over")]
    [InlineData(OverlapPolicy.Allow, 2, 0, "added")]
    [InlineData(OverlapPolicy.Replace, 2, 1, "added")]
    public async Task The_policy_says_what_becomes_of_a_last_task_that_is_not_over(OverlapPolicy overlap, int added, int cancelled, string outcome)
    {
        await _scene.AddAsync("0 * * * *", overlap: overlap);
        await _scene.LookAsync(Noon.AddHours(1));
        var schedule = await _scene.LookAsync(Noon.AddHours(2));
        Assert.Equal((added, cancelled, outcome), (_scene.Tasks.Keys.Count, _scene.Tasks.Cancelled.Count, schedule.LastOutcome));

        _scene.Tasks.Open.Clear();
        await _scene.LookAsync(Noon.AddHours(3));
        Assert.Equal((added + 1, cancelled), (_scene.Tasks.Keys.Count, _scene.Tasks.Cancelled.Count));
    }

    [Fact]
    public async Task A_task_that_is_refused_is_said_once_and_tried_again_at_the_next_time()
    {
        await _scene.AddAsync("0 * * * *");
        _scene.Tasks.Refusal = new(RefusalCode.NotFound, "There is no role 'x'.");
        var schedule = await _scene.LookAsync(Noon.AddHours(1));
        await _scene.PassAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(20));

        Assert.Equal(("refused: There is no role 'x'.", Noon.AddHours(2)), (schedule.LastOutcome, schedule.NextDue!.Value));
        Assert.Single(_scene.Notes, "schedule_refused");

        _scene.Tasks.Refusal = null;
        Assert.Equal("added", (await _scene.LookAsync(Noon.AddHours(2))).LastOutcome);
    }

    [Fact]
    public async Task One_that_cannot_be_done_does_not_hold_up_the_others()
    {
        await _scene.Store.AddAsync((await _scene.AddAsync("0 * * * *")) with { ScheduleId = "schedule_bad", Name = "bad", TimeZone = "Europe/Atlantis" });

        await _scene.LookAsync(Noon.AddHours(1));
        await _scene.LookAsync(Noon.AddHours(2));

        Assert.Equal(2, _scene.Tasks.Keys.Count);
        Assert.Contains("Europe/Atlantis", (await _scene.Manager.FindAsync("bad", Token)).LastOutcome, StringComparison.Ordinal);
        Assert.Single(_scene.Notes, "schedule_refused");
    }

    [Fact]
    public async Task Hours_are_those_of_its_time_zone_also_when_summer_comes()
    {
        // Clocks in Vienna go from 2:00 to 3:00 on 29 March 2026, and from 3:00 back to 2:00 on 25 October.
        await _scene.AddAsync("30 2 * * *", zone: "Europe/Vienna");
        _scene.Time.Now = new(2026, 3, 28, 0, 0, 0, TimeSpan.Zero);
        await _scene.LookAsync(_scene.Time.Now);
        int before = _scene.Tasks.Keys.Count;
        await _scene.PassAsync(TimeSpan.FromDays(3), TimeSpan.FromMinutes(1));
        Assert.Equal(3, _scene.Tasks.Keys.Count - before);

        await _scene.LookAsync(new(2026, 10, 24, 12, 0, 0, TimeSpan.Zero));
        before = _scene.Tasks.Keys.Count;
        await _scene.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));
        Assert.Equal(1, _scene.Tasks.Keys.Count - before);
    }

    [Fact]
    public async Task What_is_due_each_hour_is_due_in_both_hours_that_winter_gives()
    {
        await _scene.AddAsync("30 * * * *", zone: "Europe/Vienna");
        await _scene.LookAsync(new(2026, 10, 24, 23, 40, 0, TimeSpan.Zero));
        int before = _scene.Tasks.Keys.Count;
        await _scene.PassAsync(TimeSpan.FromHours(3), TimeSpan.FromMinutes(1));
        Assert.Equal(3, _scene.Tasks.Keys.Count - before);
    }
}
