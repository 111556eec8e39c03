using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Schedules, notices and checks over a real queue; only what would be agents is scripted.</summary>
public sealed class TaskCompanionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_schedule_adds_tasks_to_the_queue_and_keeps_its_host_awake()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        Assert.True(tasks.IsIdle);
        await tasks.Schedules.AddAsync(
            new() { Name = "nightly", Cron = "0 3 * * *", TimeZone = "UTC", Task = new() { Prompt = "say this", WorkingDirectory = place.Folder } }, Token);
        Assert.False(tasks.IsIdle);

        var schedule = await tasks.Schedules.RunNowAsync("nightly", Token);
        var done = await tasks.WaitAsync(schedule.LastTask!, Patience, Token);

        Assert.Equal((TaskState.Completed, "code", "nightly", place.Folder), (done.State, done.Role, done.Spec.Source, done.Spec.WorkingDirectory));
        await tasks.Schedules.RemoveAsync("nightly", Token);
        Assert.True(tasks.IsIdle);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_schedules_tasks_have_the_environment_of_whoever_added_it()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["WHOSE"] = "mine" };
        var caller = new Caller { Kind = "cli", Environment = environment, WorkingDirectory = place.Folder };
        await tasks.As(caller).Schedules.AddAsync(new() { Name = "nightly", Cron = "0 3 * * *", TimeZone = "UTC", Task = new() { Prompt = "say this" } }, Token);

        var scheduled = await tasks.FindAsync((await tasks.Schedules.RunNowAsync("nightly", Token)).LastTask!, Token);
        var direct = (await tasks.As(caller).AddAsync(new TaskRequest { Prompt = "say this" }, Token)).Task;
        await tasks.WaitAsync(scheduled.TaskId, Patience, Token);
        await tasks.WaitAsync(direct.TaskId, Patience, Token);

        Assert.NotNull(scheduled.Spec.Environment);
        Assert.Equal(direct.Spec.Environment, scheduled.Spec.Environment);
        Assert.Equal(place.Folder, scheduled.Spec.WorkingDirectory);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_assigns_work_waits_for_it_and_reads_what_was_said()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var coordinator = new Coordinator(tasks);
        await tasks.PauseAsync();
        string code = await coordinator.AssignCodeAsync("say this", new() { WorkingDirectory = place.Folder, Key = "one" }, Token);
        string check = await coordinator.AssignQualityAsync("and that", new() { WorkingDirectory = place.Folder, After = [code], Priority = TaskPriority.High }, Token);
        Assert.Equal(code, await coordinator.AssignCodeAsync("say this", new() { WorkingDirectory = place.Folder, Key = "one" }, Token));
        Assert.Equal(TaskState.Waiting, (await coordinator.WaitAsync(code, TimeSpan.FromMilliseconds(1), Token)).State);
        Assert.Null(await coordinator.ResultAsync(code, Token));
        await tasks.ResumeAsync();

        var done = await coordinator.WaitAsync(check, Patience, Token);

        Assert.Equal(("quality", TaskState.Completed), (done.Role, done.State));
        Assert.EndsWith("say this", (await coordinator.ResultAsync(code, Token))!.Output, StringComparison.Ordinal);
        Assert.EndsWith("and that", (await coordinator.ResultAsync(check, Token))!.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_queue_would_not_take_is_refused_when_it_is_added_and_when_it_is_scheduled()
    {
        await using var place = Place(tasks => tasks with { Limits = new() { PromptBytesMax = 3 } });
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);

        foreach (var (task, why) in new (TaskRequest, string)[]
        {
            (new() { Prompt = "long", WorkingDirectory = place.Folder }, "tasks.prompt_bytes_max"),
            (new() { Prompt = "p", Role = "nobody" }, "'nobody'"),
            (new() { Prompt = "p", WorkingDirectory = place.Folder, Files = ["../f"] }, "is no file of the workspace"),
        })
        {
            Assert.Contains(why, (await Assert.ThrowsAsync<RefusedException>(() => tasks.AddAsync(task, Token))).Message, StringComparison.Ordinal);
            Assert.Contains(
                why,
                (await Assert.ThrowsAsync<RefusedException>(() => tasks.Schedules.AddAsync(new() { Cron = "0 3 * * *", TimeZone = "UTC", Task = task }, Token))).Message,
                StringComparison.Ordinal);
        }

        Assert.Empty(await tasks.Schedules.ListAsync(Token));
        Assert.Empty((await tasks.ListAsync(new(), Token)).Tasks);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_that_failed_is_told_of_once_and_files_are_named_to_the_agent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        string told = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            await using var place = Place(tasks => tasks with { Notices = new() { Command = ["sh", "-c", "cat >> \"$1\"; echo >> \"$1\"", "sh", told] } });
            await File.WriteAllTextAsync(Path.Combine(place.Folder, "notes.md"), "x", Token);
            await using (var tasks = await TaskManager.OpenAsync(place.Manager, Token))
            {
                var fine = await tasks.AddAsync(new TaskRequest { Prompt = "say this", WorkingDirectory = place.Folder, Files = ["notes.md"] }, Token);
                var bad = await tasks.AddAsync(new TaskRequest { Prompt = "fail", WorkingDirectory = place.Folder }, Token);
                var done = await tasks.WaitAsync(fine.Task.TaskId, Patience, Token);
                Assert.EndsWith("- notes.md", (await place.Manager.FindRunAsync(done.LastAttempt!.RunId, Token)).Result.Output, StringComparison.Ordinal);
                await tasks.WaitAsync(bad.Task.TaskId, Patience, Token);
                await Until.TrueAsync(() => File.Exists(told) && File.ReadAllText(told).EndsWith("}\n", StringComparison.Ordinal));
            }

            // The next queue over the same store looks for what is owed, and finds nothing.
            await using (var again = await TaskManager.OpenAsync(place.Manager, Token))
            {
                await again.WaitAsync((await again.AddAsync(new TaskRequest { Prompt = "say this", WorkingDirectory = place.Folder }, Token)).Task.TaskId, Patience, Token);
            }

            string line = Assert.Single(await File.ReadAllLinesAsync(told, Token));
            Assert.Equal("task_failed", (string)JsonNode.Parse(line)!["kind"]!);
        }
        finally
        {
            File.Delete(told);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_and_a_held_pool_are_told_of_once_over_a_restart_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        await using var host = new DurableHost();
        string told = host.FileIn("told");
        host.Settings = host.Settings with { Tasks = new() { Notices = new() { Command = ["sh", "-c", "cat >> \"$1\"; echo >> \"$1\"", "sh", told] } } };
        var tasks = await TaskManager.OpenAsync(await host.OpenAsync(), Token);
        await AskAsync("one");
        host.Host.Gate.Limited("echo", ("run_0", null), new("s", "limit reached", host.Time.GetUtcNow().AddHours(1)), host.Time.GetUtcNow());
        await Until.TrueAsync(() => Told().Length == 2);
        await tasks.DisposeAsync();

        // Asked while nobody tells.
        await AskAsync("two");
        tasks = await TaskManager.OpenAsync(await host.OpenAsync(), Token);
        await AskAsync("three");
        await Until.TrueAsync(() => Told().Length >= 4);
        await tasks.DisposeAsync();

        var kinds = Told().Select(line => JsonNode.Parse(line)!).Select(notice => $"{notice["kind"]} {notice["pool"]}{notice["text"]!.ToString().Split(' ')[^1]}").Order(StringComparer.Ordinal);
        Assert.Equal(["pool_parked echoreached", "request one", "request three", "request two"], kinds);

        Task AskAsync(string text) => host.Manager.Requests.AskAsync(new() { Kind = RequestKind.Question, Key = text, Text = text });

        string[] Told() => File.Exists(told) ? [.. File.ReadAllLines(told).Where(line => line.EndsWith('}'))] : [];
    }

    private static WorkersPlace Place(Func<TaskSettings, TaskSettings>? change = null) => new(new ScriptedLauncher(), settings => settings with
    {
        Tasks = change is null ? new() : change(new()),
        Roles = [new() { Name = "code", Retry = new() { MaxAttempts = 1 } }, new() { Name = "quality" }],
    });
}
