using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>What is spawned or added from within a run may do no more than that run: else it would do what the run was denied.</summary>
public sealed class NestedBoundsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Permission.ReadOnly, "read_only")]
    [InlineData(Permission.Edit, "read_only,edit")]
    [InlineData(Permission.Ask, "read_only,ask")]
    [InlineData(Permission.Full, "read_only,edit,ask,full")]
    public void Edit_and_ask_are_no_part_of_each_other(Permission bound, string within) =>
        Assert.Equal(within, string.Join(',', Enum.GetValues<Permission>().Where(each => each.IsWithin(bound)).Select(each => each.ToWire())));

    [Fact]
    public async Task A_worker_that_could_do_more_than_its_run_is_refused()
    {
        await using var place = Place();
        var (inside, _) = await WithinAsync(place, Permission.Edit);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => inside.SpawnAsync(Request(place, Permission.Full), Token));
        await inside.SpawnAsync(Request(place, Permission.ReadOnly), Token);
        await inside.SpawnAsync(Request(place, Permission.Edit), Token);

        Assert.Equal(RefusalCode.Forbidden, refused.Code);
        Assert.Contains("which has 'edit' itself. Use read_only or edit.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, inside.List().Count);
    }

    [Fact]
    public async Task The_permission_of_the_type_counts_where_none_is_given()
    {
        await using var place = Place();
        var (inside, _) = await WithinAsync(place, Permission.Edit);

        await Assert.ThrowsAsync<RefusedException>(() => inside.SpawnAsync(new() { WorkerType = "mighty", WorkingDirectory = place.Folder }, Token));
        Assert.Empty(inside.List());
    }

    [Theory]
    [InlineData(Permission.Edit, false)]
    [InlineData(Permission.Full, true)]
    public async Task Commands_that_this_host_would_run_are_for_runs_that_may_do_all(Permission permission, bool isTaken)
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        await tasks.PauseAsync();
        var (inside, caller) = await WithinAsync(place, permission);
        var spawn = Request(place, Permission.ReadOnly) with { Verify = ["true"] };
        var task = new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder, Verify = ["true"] };

        if (isTaken)
        {
            await inside.SpawnAsync(spawn, Token);
            await tasks.As(caller).AddAsync(task, Token);
            return;
        }

        Assert.Contains("verify", (await Assert.ThrowsAsync<RefusedException>(() => inside.SpawnAsync(spawn, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("verify", (await Assert.ThrowsAsync<RefusedException>(() => tasks.As(caller).AddAsync(task, Token))).Message, StringComparison.Ordinal);
        string added = (await tasks.As(caller).AddAsync(task with { Verify = [] }, Token)).Task.TaskId;
        await Assert.ThrowsAsync<RefusedException>(() => tasks.As(caller).EditAsync(added, new() { Verify = ["true"] }, Token));
    }

    [Fact]
    public async Task A_task_is_bound_as_well_and_so_is_what_its_role_gives()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        var (_, caller) = await WithinAsync(place, Permission.Edit);
        var task = new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder };

        var refused = await Assert.ThrowsAsync<RefusedException>(() => tasks.As(caller).AddAsync(task with { Permission = Permission.Full }, Token));
        string given = (await tasks.As(caller).AddAsync(task with { Role = "mighty" }, Token)).Task.TaskId;
        var failed = await tasks.WaitAsync(given, TimeSpan.FromSeconds(20), Token);

        Assert.Equal(RefusalCode.Forbidden, refused.Code);
        Assert.Equal(TaskState.Failed, failed.State);
        Assert.Contains("which has 'edit' itself", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_from_within_a_run_goes_no_farther_alone()
    {
        await using var place = Place();
        await using var tasks = await TaskManager.OpenAsync(place.Manager, Token);
        await tasks.PauseAsync();
        var (inside, caller) = await WithinAsync(place, Permission.Edit, AutonomyLevel.HumanRequired);

        string worker = (await inside.SpawnAsync(Request(place, Permission.Edit) with { Autonomy = AutonomyLevel.Autonomous }, Token))[0];
        var task = (await tasks.As(caller).AddAsync(new TaskRequest { Prompt = "p", WorkingDirectory = place.Folder, Role = "alone" }, Token)).Task;

        string run = (await inside.SubmitAsync(worker, "goes on")).RunId;
        var asked = await place.Manager.Voice.AskPermissionAsync(run, "k", "Bash", """{"command":"ls"}""");

        Assert.True(asked.IsPending);
        Assert.Equal((AutonomyLevel.HumanRequired, WaitReason.Approval), (task.Spec.Autonomy, task.Reason));
    }

    [Fact]
    public async Task For_a_run_that_is_over_nothing_is_spawned()
    {
        await using var place = Place();

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => place.Manager.As(new Caller { ParentRun = "run_gone" }).SpawnAsync(Request(place, Permission.ReadOnly), Token));

        Assert.Contains("'run_gone'", refused.Message, StringComparison.Ordinal);
    }

    private static WorkersPlace Place() => new(new ScriptedLauncher(_ => true), settings => settings with
    {
        WorkerTypes = [.. settings.WorkerTypes, new() { Name = "mighty", Agent = "simulated", Permission = Permission.Full }],
        Roles = [new() { Name = "code" }, new() { Name = "mighty", Permission = Permission.Full }, new() { Name = "alone", Autonomy = AutonomyLevel.Autonomous }],
    });

    private static SpawnRequest Request(WorkersPlace place, Permission permission) => new() { Permission = permission, WorkingDirectory = place.Folder };

    /// <summary>As somebody within a run that goes on.</summary>
    private static async Task<(WorkerManager Inside, Caller Caller)> WithinAsync(WorkersPlace place, Permission permission, AutonomyLevel? level = null)
    {
        string worker = (await place.Manager.SpawnAsync(Request(place, permission) with { Autonomy = level }, Token))[0];
        var caller = new Caller { Kind = "agent", ParentRun = (await place.Manager.SubmitAsync(worker, "goes on")).RunId };
        return (place.Manager.As(caller), caller);
    }
}
