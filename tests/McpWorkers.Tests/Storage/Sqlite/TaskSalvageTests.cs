using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>What a repair takes over of the queue: all that can still be read, and it says what cannot.</summary>
public sealed class TaskSalvageTests : IDisposable
{
    private const int PageBytes = 4096;
    private const int Many = 300;

    private static readonly TaskAttempt First = new(1, "run_1", "term_1", Noon) { Finished = Noon.AddMinutes(1), Outcome = AttemptOutcome.Failed, Cause = AttemptCause.VerificationFailed, Detail = "red" };

    private readonly StoreFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_queue_outlives_a_repair_whole()
    {
        await MakeAsync();
        DamageTable("runs");
        await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);

        var report = await RepairAsync();

        Assert.Equal((4, 1, 0), (report.Tasks, report.Schedules, report.Lost.Count));
        await using var store = await _folder.OpenAsync();
        var tasks = await TasksAsync(store);
        Assert.Equal(["done", "running", "next", "last"], tasks.Select(task => task.TaskId));
        Assert.Equal([TaskState.Completed, TaskState.Running, TaskState.Waiting, TaskState.Waiting], tasks.Select(task => task.State));
        Assert.Equal([First, new(2, "run_2", "term_2", Noon.AddMinutes(2))], tasks[1].Attempts);
        Assert.Equal(["running", "next"], tasks[3].After);
        Assert.Equal((WaitReason.Dependency, "last"), (tasks[3].Reason!.Value, tasks[3].Key));
        Assert.Equal("nightly", Assert.Single(await store.Schedules.ListAsync(Token)).Name);
        Assert.Equal(Noon.AddHours(3), await store.Tasks.PausedAsync(Token));

        // What somebody was told is not told again, and what was cut off is still known to be that.
        Assert.Equal(Noon, await store.Notices.SinceAsync(Token));
        Assert.Equal(["cut off"], await store.Notices.UnendedAsync(Token));
        Assert.False(await store.Notices.BeginAsync("told", Noon));

        // It goes on: the next one stands behind the others.
        Assert.Equal(5, (await store.Tasks.AddAsync([NewTask("new")]))[0].Task.Position);
        Assert.True(await store.Tasks.ChangeAsync(tasks[2] with { State = TaskState.Cancelled, Reason = null, Finished = Noon, Revision = tasks[2].Revision + 1 }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_page_takes_only_the_tasks_that_stood_on_it(bool withIndex)
    {
        await MakeAsync(many: true);
        int page = Assert.Single(PagesWith("the prompt of t150."));
        int[] others = [.. PagesWith("t150").Where(each => each != page)];
        Assert.NotEmpty(others);
        Overwrite([page, .. withIndex ? others : []]);
        await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);

        var report = await RepairAsync();

        await using var store = await _folder.OpenAsync();
        var kept = (await TasksAsync(store)).Select(task => task.TaskId).ToHashSet();
        var lost = Enumerable.Range(0, Many).Select(i => $"t{i}").Where(id => !kept.Contains(id)).ToList();
        Assert.Contains("t150", lost);
        Assert.InRange(lost.Count, 1, 40);
        Assert.Equal(Many + 4, kept.Count + lost.Count);
        Assert.Equal([withIndex ? "tasks, nobody knows how many" : $"{lost.Count} tasks"], report.Lost);
        Assert.Equal((kept.Count, 1), (report.Tasks, report.Schedules));

        // Their neighbours are as they were.
        var first = await store.Tasks.FindAsync($"t{int.Parse(lost[0].AsSpan(1)) - 1}", Token);
        Assert.StartsWith("the prompt of t", first!.Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_whose_attempts_are_lost_is_not_begun_a_second_time()
    {
        await MakeAsync();
        DamageTable("attempts");

        var report = await RepairAsync();

        Assert.Equal(["the attempts of 2 tasks"], report.Lost);
        await using var store = await _folder.OpenAsync();
        var tasks = await TasksAsync(store);
        Assert.Equal([TaskState.Completed, TaskState.Failed, TaskState.Waiting, TaskState.Waiting], tasks.Select(task => task.State));
        Assert.Contains("nobody can say what became of the last one", tasks[1].Detail, StringComparison.Ordinal);
        Assert.NotNull(tasks[1].Finished);
        Assert.Empty(tasks[1].Attempts);
    }

    [Fact]
    public async Task A_table_of_schedules_that_cannot_be_read_leaves_the_rest()
    {
        await MakeAsync();
        DamageTable("schedules");

        var report = await RepairAsync();

        Assert.Equal((4, 0), (report.Tasks, report.Schedules));
        Assert.Equal(["schedules"], report.Lost);
        await using var store = await _folder.OpenAsync();
        Assert.Equal(4, (await TasksAsync(store)).Count);
        Assert.Empty(await store.Schedules.ListAsync(Token));
        Assert.Equal(Noon.AddHours(3), await store.Tasks.PausedAsync(Token));
        Assert.False(await store.Notices.BeginAsync("told", Noon));
    }

    [Fact]
    public async Task A_queue_of_which_nobody_knows_whether_it_was_paused_is_paused()
    {
        await MakeAsync();
        DamageTable("queue");

        var report = await RepairAsync();

        Assert.Contains("'mcpworkers queue resume'", Assert.Single(report.Lost), StringComparison.Ordinal);
        await using var store = await _folder.OpenAsync();
        Assert.NotNull(await store.Tasks.PausedAsync(Token));
    }

    [Fact]
    public async Task Where_nobody_knows_what_was_told_nothing_of_the_past_is_owed()
    {
        await MakeAsync();
        DamageTable("notices");

        Assert.Equal(["of what somebody was told"], (await RepairAsync()).Lost);
        await using var store = await _folder.OpenAsync();
        Assert.Null(await store.Notices.SinceAsync(Token));
    }

    [Fact]
    public async Task A_store_that_knew_no_tasks_yet_has_lost_none()
    {
        File.Copy(Path.Combine(RepositoryFiles.Root, "tests", "McpWorkers.Tests", "Storage", "Sqlite", "Fixtures", "schema-2.db"), _folder.Database);
        var report = await RepairAsync();
        Assert.Equal((0, 0, 0), (report.Tasks, report.Schedules, report.Lost.Count));
    }

    public void Dispose() => _folder.Dispose();

    private static WorkTask NewTask(string id) => new() { TaskId = id, Role = "code", Prompt = $"the prompt of {id}.", Created = Noon, Reason = WaitReason.Slot };

    private static async Task<IReadOnlyList<WorkTask>> TasksAsync(SqliteStore store) =>
        [.. (await store.Tasks.ListAsync(new() { Limit = TaskQuery.LimitMax }, Token)).Tasks.OrderBy(task => task.Position)];

    private Task<StoreRepairReport> RepairAsync() => StoreRepair.RebuildAsync(_folder.Database, [], [], [], TimeProvider.System);

    /// <summary>One of each kind; where so asked with many before them.</summary>
    private async Task MakeAsync(bool many = false)
    {
        await using var store = await _folder.OpenAsync();
        await store.WithRunsAsync("w", [.. Enumerable.Range(0, 20).Select(i => $"r{i}")]);
        if (many)
        {
            await store.Tasks.AddAsync([.. Enumerable.Range(0, Many).Select(i => NewTask($"t{i}") with { Spec = new() { WorkingDirectory = new string('x', 100) } })]);
        }

        await store.Tasks.AddAsync([NewTask("done"), NewTask("running"), NewTask("next"), NewTask("last") with { Key = "last", After = ["running", "next"], Reason = WaitReason.Dependency }]);
        await ChangeAsync(store, "done", task => task with { State = TaskState.Completed, Reason = null, Started = Noon, Finished = Noon, Attempts = [First with { RunId = "run_0", Outcome = AttemptOutcome.Completed, Cause = AttemptCause.None }] });
        await ChangeAsync(store, "running", task => task with { State = TaskState.Running, Reason = null, Started = Noon, Attempts = [First] });
        await ChangeAsync(store, "running", task => task with { Attempts = [First, new(2, "run_2", "term_2", Noon.AddMinutes(2))] });
        await store.Schedules.AddAsync(new()
        {
            ScheduleId = "schedule_1", Name = "nightly", Cron = "0 3 * * *", TimeZone = "UTC", Created = Noon, Work = new("docs", "p", TaskPriority.Normal, null, new()),
        });
        await store.Tasks.PauseAsync(Noon.AddHours(3));
        await store.Notices.OweSinceAsync(Noon);
        await store.Notices.BeginAsync("told", Noon);
        await store.Notices.EndAsync("told", Noon, "");
        await store.Notices.BeginAsync("cut off", Noon);
    }

    private static async Task ChangeAsync(SqliteStore store, string id, Func<WorkTask, WorkTask> change)
    {
        var task = (await store.Tasks.FindAsync(id, Token))!;
        Assert.True(await store.Tasks.ChangeAsync(change(task) with { Revision = task.Revision + 1 }));
    }

    private void DamageTable(string name)
    {
        using var session = SqliteSession.Open(_folder.Database, SqliteOpenMode.ReadOnly);
        int root = (int)session.Number("SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?1", name);
        session.Dispose();
        Overwrite([root - 1]);
    }

    private void Overwrite(IEnumerable<int> pages)
    {
        using var file = new FileStream(_folder.Database, FileMode.Open);
        foreach (int page in pages)
        {
            file.Position = (long)page * PageBytes;
            file.Write(new byte[PageBytes]);
        }
    }

    /// <summary>Counted from 0.</summary>
    private List<int> PagesWith(string text)
    {
        byte[] content = File.ReadAllBytes(_folder.Database), wanted = Encoding.UTF8.GetBytes(text);
        return [.. Enumerable.Range(0, content.Length / PageBytes).Where(page => content.AsSpan(page * PageBytes, PageBytes).IndexOf(wanted) >= 0)];
    }
}
