using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: schedules and notices.</summary>
public abstract class ScheduleContract : IAsyncLifetime
{
    private IDataStore? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IDataStore Store => _store!;

    protected abstract Task<IDataStore> OpenAsync();

    public virtual async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_schedule_is_found_as_it_was_added_by_id_and_by_name()
    {
        var full = Schedule("a") with
        {
            Overlap = OverlapPolicy.Replace,
            Missed = MissedPolicy.Skip,
            Paused = Noon.AddTicks(7),
            LastDue = Noon.AddHours(-1),
            LastTask = "task_1",
            LastOutcome = "added",
            NextDue = Noon.AddHours(1),
            Firings = 12,
            Work = new("docs", "a\0b", TaskPriority.High, "low_priority", Schedule("a").Work.Spec with
            {
                Permission = Permission.Edit, Workspace = new() { Kind = WorkspaceKind.Worktree, From = "main" }, Timeout = TimeSpan.FromSeconds(60),
            }),
        };
        Assert.True(await Store.Schedules.AddAsync(full));
        Assert.True(await Store.Schedules.AddAsync(Schedule("b")));

        AssertSame(full, await Store.Schedules.FindAsync("schedule_a", Token));
        AssertSame(full, await Store.Schedules.FindAsync("a", Token));
        Assert.Null(await Store.Schedules.FindAsync("A", Token));
        Assert.Equal(["a", "b"], (await Store.Schedules.ListAsync(Token)).Select(schedule => schedule.Name));
    }

    [Fact]
    public async Task Names_and_ids_are_taken_by_one_only()
    {
        Assert.True(await Store.Schedules.AddAsync(Schedule("a")));
        Assert.False(await Store.Schedules.AddAsync(Schedule("a") with { ScheduleId = "schedule_other" }));
        Assert.False(await Store.Schedules.AddAsync(Schedule("a") with { Name = "other" }));
        Assert.False(await Store.Schedules.AddAsync(Schedule("schedule_a") with { ScheduleId = "schedule_x" }));
        Assert.Single(await Store.Schedules.ListAsync(Token));
    }

    [Fact]
    public async Task A_change_is_taken_only_from_who_has_seen_the_one_before()
    {
        await Store.Schedules.AddAsync(Schedule("a"));
        var changed = Schedule("a") with
        {
            Revision = 1, Paused = Noon, LastDue = Noon, LastTask = "task_1", LastOutcome = "added", NextDue = Noon.AddHours(1), Firings = 1, Missed = MissedPolicy.Skip,
        };
        Assert.True(await Store.Schedules.ChangeAsync(changed));
        AssertSame(changed, await Store.Schedules.FindAsync("a", Token));

        Assert.False(await Store.Schedules.ChangeAsync(changed with { Firings = 9 }));
        Assert.False(await Store.Schedules.ChangeAsync(changed with { Revision = 3 }));
        Assert.False(await Store.Schedules.ChangeAsync(changed with { ScheduleId = "schedule_none", Revision = 2 }));
        AssertSame(changed, await Store.Schedules.FindAsync("a", Token));
    }

    [Fact]
    public async Task A_schedule_that_was_removed_is_gone_and_its_name_is_free()
    {
        await Store.Schedules.AddAsync(Schedule("a"));
        Assert.False(await Store.Schedules.RemoveAsync("a"));
        Assert.True(await Store.Schedules.RemoveAsync("schedule_a"));
        Assert.False(await Store.Schedules.RemoveAsync("schedule_a"));
        Assert.True(await Store.Schedules.AddAsync(Schedule("a") with { ScheduleId = "schedule_2" }));
    }

    [Fact]
    public async Task A_notice_is_taken_on_once_and_known_as_cut_off_until_it_has_ended()
    {
        Assert.True(await Store.Notices.BeginAsync("a", Noon));
        Assert.False(await Store.Notices.BeginAsync("a", Noon.AddHours(1)));
        Assert.True(await Store.Notices.BeginAsync("b", Noon));
        Assert.Equal(["a", "b"], await Store.Notices.UnendedAsync(Token));

        await Store.Notices.EndAsync("a", Noon, "");
        await Store.Notices.EndAsync("none", Noon, "");
        Assert.Equal(["b"], await Store.Notices.UnendedAsync(Token));
        Assert.False(await Store.Notices.BeginAsync("a", Noon));

        await Store.Notices.RemoveAsync(Noon.AddTicks(1));
        Assert.Empty(await Store.Notices.UnendedAsync(Token));
        Assert.True(await Store.Notices.BeginAsync("a", Noon));
    }

    [Fact]
    public async Task Since_when_notices_are_owed_is_kept()
    {
        Assert.Null(await Store.Notices.SinceAsync(Token));
        await Store.Notices.OweSinceAsync(Noon);
        Assert.Equal(Noon, await Store.Notices.SinceAsync(Token));
        await Store.Notices.OweSinceAsync(null);
        Assert.Null(await Store.Notices.SinceAsync(Token));
    }

    internal static Schedule Schedule(string name) => new()
    {
        ScheduleId = "schedule_" + name, Name = name, Cron = "0 3 * * *", TimeZone = "UTC", Created = Noon,
        Work = new(null, "do it", TaskPriority.Normal, null, new() { WorkerType = "simulated", WorkingDirectory = "/srv", Verify = ["make", "make test"] }),
    };

    /// <summary>Lists are equal only where they are the same one.</summary>
    private static void AssertSame(Schedule expected, Schedule? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.Work.Spec.Verify, found.Work.Spec.Verify);
        Assert.Equal(expected, found with { Work = found.Work with { Spec = found.Work.Spec with { Verify = expected.Work.Spec.Verify } } });
    }
}
