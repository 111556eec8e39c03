using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Cli;
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

    private static WorkersPlace Place(Func<TaskSettings, TaskSettings>? change = null) => new(new ScriptedLauncher(), settings => settings with
    {
        Tasks = change is null ? new() : change(new()),
        Roles = [new() { Name = "code", Retry = new() { MaxAttempts = 1 } }],
    });
}
