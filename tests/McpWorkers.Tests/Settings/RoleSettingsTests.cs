using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class RoleSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_role_that_says_nothing_is_the_models_own()
    {
        _place.Write("user/ecosystem.yaml", "roles: [{name: plain}]");

        var role = Assert.Single(_place.Load().Settings.Roles);
        var model = new RoleSettings { Name = "plain" };

        Assert.Equal(model.Queues, role.Queues);
        Assert.Empty(role.Tags.Concat(role.Specializations).Concat(role.AllowedTools).Concat(role.WorkerTypes).Concat(role.Verify));
        Assert.Equal(
            model with
            {
                Tags = role.Tags, Specializations = role.Specializations, AllowedTools = role.AllowedTools, WorkerTypes = role.WorkerTypes,
                Verify = role.Verify, Queues = role.Queues,
            },
            role);
    }

    [Fact]
    public void Everything_that_a_role_can_say_is_read()
    {
        _place.Write("user/ecosystem.yaml", """
            workers: [{name: a, agent: claude}, {name: b, agent: qwen}]
            roles:
              - {name: r, description: d, tags: [t], instructions: "do\nit", specializations: [s], allowed_tools: [Read], permission: read_only, autonomy: human_required,
                 concurrency: 7, queues: [default, default], worker_types: [b, a], workspace: worktree, verify: [make], timeout_seconds: 60,
                 retry: {max_attempts: 5, workspace: same, after_loss: false}, tasks_per_worker: 4}
            """);

        var role = Assert.Single(_place.Load().Settings.Roles);

        Assert.Equal(("r", "d", "do\nit", 7, 4), (role.Name, role.Description, role.Instructions, role.Concurrency, role.TasksPerWorker));
        Assert.Equal(["t", "s", "Read", "default", "b", "a", "make"],
            [.. role.Tags, .. role.Specializations, .. role.AllowedTools, .. role.Queues, .. role.WorkerTypes, .. role.Verify]);
        Assert.Equal((Permission.ReadOnly, AutonomyLevel.HumanRequired, WorkspaceKind.Worktree, TimeSpan.FromSeconds(60)), (role.Permission, role.Autonomy, role.Workspace, role.Timeout));
        Assert.Equal(new RoleRetry { MaxAttempts = 5, Workspace = RetryWorkspace.Same, AfterLoss = false }, role.Retry);
    }

    [Fact]
    public void The_shipped_roles_are_those_of_the_guide_and_the_usual_one_is_among_them()
    {
        var settings = _place.Load(directories: [Path.Combine(RepositoryFiles.Root, "settings")]).Settings;

        Assert.Equal(
            [
                "feature 2 edit worktree", "bugfix 2 edit worktree", "test 2 edit worktree", "docs 2 edit worktree", "refactor 1 edit worktree",
                "review 2 read_only directory", "code 2 - -", "quality 1 - -", "memory 1 read_only -",
                "analyzer 2 read_only directory", "implementer 2 edit worktree", "refiner 1 edit worktree",
            ],
            settings.Roles.Select(r => FormattableString.Invariant($"{r.Name} {r.Concurrency} {r.Permission?.ToWire() ?? "-"} {r.Workspace?.ToWire() ?? "-"}")));
        Assert.Contains(settings.Roles, role => role.Name == settings.Tasks.DefaultRole);
        Assert.All(["code", "quality", "memory"], name => Assert.Equal(name, settings.Roles.Single(r => r.Name == name).Queues[0]));
    }

    [Fact]
    public void A_later_file_changes_single_keys_of_a_role()
    {
        _place.Write("user/ecosystem.yaml", "roles: [{name: docs, concurrency: 9, retry: {max_attempts: 1}}]");

        var roles = _place.Load(shippedEcosystem: SettingsPlace.Shipped("ecosystem.yaml")).Settings.Roles;
        var docs = roles.Single(r => r.Name == "docs");

        Assert.Equal(12, roles.Count);
        Assert.Equal((9, 1, RetryWorkspace.Fresh, WorkspaceKind.Worktree), (docs.Concurrency, docs.Retry.MaxAttempts, docs.Retry.Workspace, docs.Workspace!.Value));
    }

    [Theory]
    [InlineData("roles: [{name: r, queues: []}]", "roles.r.queues: an empty list is not allowed. Allowed: a list with at least one queue.")]
    [InlineData("roles: [{name: r, concurrency: 0}]", "roles.r.concurrency: '0' is not allowed. Allowed: a whole number from 1 to 100.")]
    [InlineData("roles: [{name: r, autonomy: sudo}]", "roles.r.autonomy: 'sudo' is not allowed. Allowed: autonomous, supervised or human_required.")]
    [InlineData("roles: [{name: r, retry: {max_attempts: 0}}]", "roles.r.retry.max_attempts: '0' is not allowed. Allowed: a whole number from 1 to 20.")]
    [InlineData("roles: [{name: r, retry: {attempts: 2}}]", "roles.r.retry.attempts is not a known key. Known: max_attempts, workspace, after_loss.")]
    [InlineData("roles: [{name: r, worker_types: [none]}]", "roles.r.worker_types: 'none' is not allowed. Allowed: a worker type of ecosystem.yaml ().")]
    public void A_bad_role_is_named(string yaml, string problem)
    {
        _place.Write("user/ecosystem.yaml", yaml);

        Assert.Equal([$"user/ecosystem.yaml:1: {problem}"], _place.Problems());
    }

    [Fact]
    public void Limits_of_types_and_pools_are_read()
    {
        _place.Write("user/ecosystem.yaml", """
            pools: [{name: account, concurrency: 3}]
            workers: [{name: a, agent: claude, concurrency: 2, pool: account}, {name: b, agent: qwen}]
            """);

        var settings = _place.Load().Settings;

        Assert.Equal([(2, "account"), (null, null)], settings.WorkerTypes.Select(type => (type.TasksMax, type.Pool)));
        Assert.Equal([KeyValuePair.Create("account", 3)], settings.Pools);
    }

    [Theory]
    [InlineData("workers: [{name: a, agent: claude, pool: none}]", "workers.a.pool: 'none' is not allowed. Allowed: a pool of ecosystem.yaml (there is none: add one to pools).")]
    [InlineData("workers: [{name: a, agent: claude, concurrency: 0}]", "workers.a.concurrency: '0' is not allowed. Allowed: a whole number from 1 to 100.")]
    [InlineData("pools: [{name: p}]", "pools.p has no concurrency: how many tasks its types do at once together.")]
    public void A_bad_limit_is_named(string yaml, string problem)
    {
        _place.Write("user/ecosystem.yaml", yaml);

        Assert.Equal([$"user/ecosystem.yaml:1: {problem}"], _place.Problems());
    }

    [Fact]
    public void A_free_key_that_looks_like_a_slip_is_warned_of()
    {
        _place.Write("user/ecosystem.yaml", "roles: [{name: r, concurency: 3, duties: [c]}]");

        var warning = Assert.Single(_place.Load().Settings.Warnings);

        Assert.EndsWith("roles.r.concurency is not a known key and means nothing here. Did you mean concurrency?", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default", "default")]
    [InlineData("high_priority", "docs")]
    public void A_task_for_a_queue_that_its_role_does_not_serve_waits_in_the_first_that_it_serves(string asked, string queue) =>
        Assert.Equal(queue, new RoleSettings { Name = "r", Queues = ["docs", "default"] }.QueueFor(asked));
}
