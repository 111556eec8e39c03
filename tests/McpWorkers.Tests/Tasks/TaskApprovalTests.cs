using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Storage;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Tasks that wait for leave; only what would be agents is scripted.</summary>
public sealed class TaskApprovalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_task_waits_for_leave_and_then_goes_its_way()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var added = (await tasks.AddAsync(Task(place, "say this"), Token)).Task;
        Assert.Equal((TaskState.Parked, WaitReason.Approval), (added.State, added.Reason));
        var request = await RequestOfAsync(place, added.TaskId);
        Assert.Equal((RequestKind.Approval, added.TaskId), (request.Kind, request.TaskId));
        Assert.Contains("say this", request.Text, StringComparison.Ordinal);

        await place.Manager.Requests.AnswerAsync(request.RequestId, new RequestVerdict.Allow(), "cli");
        Assert.Equal(TaskState.Completed, (await tasks.WaitAsync(added.TaskId, Patience, Token)).State);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_that_is_denied_never_begins_and_says_why()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        string id = (await tasks.AddAsync(Task(place, "say this"), Token)).Task.TaskId;
        await place.Manager.Requests.AnswerAsync((await RequestOfAsync(place, id)).RequestId, new RequestVerdict.Deny("too dear"), "cli");
        var done = await tasks.WaitAsync(id, Patience, Token);
        Assert.Equal((TaskState.Cancelled, 0, "not approved: denied by cli: too dear"), (done.State, done.Attempts.Count, done.Detail));
    }

    [Fact(Timeout = 60_000)]
    public async Task Leave_for_what_was_changed_since_is_none()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        string id = (await tasks.AddAsync(Task(place, "say this"), Token)).Task.TaskId;
        var first = await RequestOfAsync(place, id);
        await tasks.EditAsync(id, new TaskEdit { Prompt = "say that" }, Token);
        await Until.TrueAsync(() => place.Manager.Requests.Pending is [var only] && only.RequestId != first.RequestId);

        Assert.Equal(RequestState.Withdrawn, (await place.Manager.Requests.FindAsync(first.RequestId, Token)).State);
        await Assert.ThrowsAsync<RefusedException>(() => place.Manager.Requests.AnswerAsync(first.RequestId, new RequestVerdict.Allow(), "cli"));
        Assert.Equal(TaskState.Parked, (await tasks.FindAsync(id, Token)).State);
        Assert.Contains("say that", place.Manager.Requests.Pending[0].Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_that_is_cancelled_needs_no_leave_any_more_and_asks_again_when_it_is_tried_again()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        string id = (await tasks.AddAsync(Task(place, "say this"), Token)).Task.TaskId;
        var first = await RequestOfAsync(place, id);
        await tasks.CancelAsync(id, "no", Token);
        await Until.TrueAsync(() => place.Manager.Requests.Pending.Count == 0);

        await tasks.RetryAsync(id, Token);
        Assert.NotEqual(first.RequestId, (await RequestOfAsync(place, id)).RequestId);
        Assert.Equal(TaskState.Parked, (await tasks.FindAsync(id, Token)).State);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_it_comes_after_is_looked_at_once_there_is_leave()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var before = (await tasks.AddAsync(new TaskRequest { Prompt = "say this", WorkingDirectory = place.Folder }, Token)).Task;
        var after = (await tasks.AddAsync(Task(place, "say this") with { After = [before.TaskId] }, Token)).Task;
        await tasks.WaitAsync(before.TaskId, Patience, Token);
        await place.Manager.Requests.AnswerAsync((await RequestOfAsync(place, after.TaskId)).RequestId, new RequestVerdict.Allow(), "cli");
        Assert.Equal(TaskState.Completed, (await tasks.WaitAsync(after.TaskId, Patience, Token)).State);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leave_that_was_given_is_none_for_what_a_task_is_changed_to_while_it_waits_for_something_else(bool waitsForTime)
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var later = TimeProvider.System.GetUtcNow().AddHours(1);
        string before = (await tasks.AddAsync(new TaskRequest { Prompt = "say this", WorkingDirectory = place.Folder, At = later }, Token)).Task.TaskId;
        var added = (await tasks.AddAsync(Task(place, "say this") with { At = waitsForTime ? later : null, After = waitsForTime ? [] : [before] }, Token)).Task;
        var first = await RequestOfAsync(place, added.TaskId);
        await place.Manager.Requests.AnswerAsync(first.RequestId, new RequestVerdict.Allow(), "cli");
        var reason = waitsForTime ? WaitReason.Schedule : WaitReason.Dependency;
        await Until.TrueAsync(() => tasks.FindAsync(added.TaskId, Token).GetAwaiter().GetResult().Reason == reason);

        var changed = await tasks.EditAsync(added.TaskId, new TaskEdit { Verify = ["rm -rf ~"] }, Token);
        Assert.Equal((TaskState.Parked, WaitReason.Approval), (changed.State, changed.Reason));
        var second = await RequestOfAsync(place, added.TaskId);
        Assert.NotEqual((first.RequestId, first.Digest), (second.RequestId, second.Digest));
        Assert.Contains("rm -rf ~", second.Text, StringComparison.Ordinal);

        await place.Manager.Requests.AnswerAsync(second.RequestId, new RequestVerdict.Allow(), "cli");
        await Until.TrueAsync(() => tasks.FindAsync(added.TaskId, Token).GetAwaiter().GetResult().Reason == reason);
        Assert.Equal(reason, (await tasks.EditAsync(added.TaskId, new TaskEdit { Priority = TaskPriority.High }, Token)).Reason);
        Assert.Empty(place.Manager.Requests.Pending);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_decides_what_will_run_is_shown_whoever_set_it()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var caller = new Engine.Workers.Caller { Kind = "cli", Environment = new Dictionary<string, string> { ["PATH"] = "/bin", ["A_KEY"] = "hidden" } };
        string id = (await tasks.As(caller).AddAsync(Task(place, "say this") with { Verify = ["make test"], Permission = Permission.Full, Budget = new() { Usd = 2 } }, Token)).Task.TaskId;
        string text = (await RequestOfAsync(place, id)).Text;
        foreach (string shown in new[] { "role code", "echo (agent simulated)", "permission full", "launcher process", place.Folder, "2 usd", "  $ make test", "A_KEY, PATH", "say this" })
        {
            Assert.Contains(shown, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("hidden", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Looks_at_a_task_come_one_after_the_other_so_that_only_its_last_shape_is_asked_about()
    {
        RefusingRequests? requests = null;
        var stored = new TaskCompletionSource();
        await using var host = new DurableHost { Settings = new() { DataDirectory = "", Roles = [new() { Name = "code" }] }, Around = store => new StoreParts(store) { Requests = requests = new(store.Requests) { Adding = stored.Task } } };
        await host.OpenAsync();
        await using var tasks = await TaskManager.OpenAsync(host.Manager, Token);
        string id = (await tasks.AddAsync(new TaskRequest { Prompt = "say this", WorkingDirectory = host.Data, Autonomy = AutonomyLevel.HumanRequired }, Token)).Task.TaskId;
        await Until.TrueAsync(() => host.Manager.Requests.Pending.Count == 1);
        await tasks.EditAsync(id, new TaskEdit { Prompt = "say that" }, Token);
        stored.SetResult();

        await Until.TrueAsync(() => host.Manager.Requests.Pending is [var only] && only.Text.Contains("say that", StringComparison.Ordinal));
        // It is pending before it is stored.
        await Until.TrueAsync(async () => (await StatesAsync()).Length == 2);
        Assert.Equal([RequestState.Pending, RequestState.Withdrawn], await StatesAsync());
        await tasks.CancelAsync(id, "enough", Token);

        async Task<RequestState[]> StatesAsync() => [.. (await host.Manager.Requests.ListAsync(new() { TaskId = id }, Token)).Requests.Select(request => request.State)];
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_may_be_bound_closer_than_its_role_and_never_less()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => tasks.AddAsync(Task(place, "x") with { Autonomy = AutonomyLevel.Autonomous }, Token));
        Assert.Contains("supervised", refused.Message, StringComparison.Ordinal);
    }

    private static WorkersPlace Place() => new(new ScriptedLauncher(), settings => settings with { Roles = [new() { Name = "code", Concurrency = 4 }] });

    private static TaskRequest Task(WorkersPlace place, string prompt) =>
        new() { Prompt = prompt, WorkingDirectory = place.Folder, Autonomy = AutonomyLevel.HumanRequired };

    private static async Task<WorkerRequest> RequestOfAsync(WorkersPlace place, string taskId)
    {
        await Until.TrueAsync(() => place.Manager.Requests.Pending.Any(request => request.TaskId == taskId));
        return place.Manager.Requests.Pending.Single(request => request.TaskId == taskId);
    }
}
