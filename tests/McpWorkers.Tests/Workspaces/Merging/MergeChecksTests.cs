using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Checks;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

public sealed class MergeChecksTests : MergeScene
{
    [Fact(Timeout = 60_000)]
    public async Task Checks_see_the_merge_and_not_one_side_of_it()
    {
        var workspace = await Worker();
        GitScene.Write(workspace.Source, "main.txt", "m\n");
        await Git.Commit(workspace.Source);

        var outcome = await Merge(workspace, new() { Checks = Checks("cat worker.txt main.txt", "git log -1 --format=%s; mkdir -m 500 made", "git status --porcelain --ignored") });

        Assert.Equal("merged", outcome.Status);
        Assert.Equal(["w\nm", "Merge mcpworkers/term_one into main", ""], outcome.Checks.Select(check => check.Output));
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_check_that_fails_keeps_the_target_where_it_is_and_ends_the_checks()
    {
        var workspace = await Worker();
        string head = await Head(workspace);

        var outcome = await Merge(workspace, new() { Checks = Checks("echo wrong; exit 3", "true") });

        Assert.Equal("checks_failed", outcome.Status);
        Assert.Equal(3, Assert.Single(outcome.Checks).ExitCode);
        Assert.Equal("wrong", outcome.Checks[0].Output);
        Assert.Equal(head, await Head(workspace));
        Assert.Equal("", await Status(workspace.Source));
        Assert.Null(outcome.Commit);
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_worktree_of_the_checks_is_prepared_before_them()
    {
        var workspace = await Worker();
        var checks = Checks("cat sub/prepared") with
        {
            Prepare = (order, token) => File.WriteAllTextAsync(GitScene.Write(order.WorkingDirectory, "sub/prepared", ""), order.WorkingDirectory, token),
        };

        var outcome = await Merge(workspace, new() { Checks = checks });

        Assert.StartsWith(Git.Folder.Beside("merges"), Assert.Single(outcome.Checks).Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task In_a_container_the_checks_and_what_prepares_them_have_the_worktree_a_repository_and_a_home_of_their_own()
    {
        var workspace = await Worker();
        var launcher = new UncontainedLauncher();
        var prepared = new List<CheckOrder>();
        var checks = Checks("GIT_DIR=$PWD/../inner.git git log -1 --format=%s; GIT_DIR=$PWD/../inner.git git status --porcelain; touch $HOME/x; dirname $HOME") with
        {
            Container = new() { Image = "localhost/x:1", Network = "none", IsReadOnlyRoot = true, WorkerId = workspace.Id, Mounts = [new("/opt", "/opt")], IsKept = true },
            Limits = new() { Processes = 50 },
            Prepare = (order, _) =>
            {
                prepared.Add(order);
                return Task.CompletedTask;
            },
        };

        var outcome = await NewMerger(launcher: launcher).MergeAsync(workspace, new() { Checks = checks }, Git.Environment, Cancellation);

        Assert.Equal("merged", outcome.Status);
        string beside = Path.GetDirectoryName(Assert.Single(prepared).WorkingDirectory)!;
        Assert.Equal($"Merge mcpworkers/term_one into main\n{beside}", Assert.Single(outcome.Checks).Output);
        var launch = Assert.Single(launcher.Launched);
        Assert.Equal(prepared[0].Container, launch.Container);
        Assert.False(launch.Container!.IsKept);
        Assert.Equal(50, launch.Limits.Processes);
        string tree = Path.Combine(beside, "tree");
        string inner = Path.Combine(beside, "inner.git");
        string home = Path.Combine(beside, "home");
        string objects = Path.Combine(workspace.CommonDirectory, "objects");
        Assert.Equal(
            [
                new(home, home, IsReadOnly: false), new("/opt", "/opt"), new(tree, tree, IsReadOnly: false), new(inner + ".pointer", Path.Combine(tree, ".git")),
                new(inner, inner, IsReadOnly: false), new ContainerMount(objects, objects),
            ],
            launch.Container.Mounts);
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task Cancelled_during_its_checks_a_merge_leaves_nothing_behind()
    {
        var workspace = await Worker();
        string head = await Head(workspace);
        string witness = Path.Combine(Git.Root, "it-runs");
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var merging = NewMerger().MergeAsync(workspace, new() { Checks = Checks($"touch '{witness}'; sleep 30") }, Git.Environment, cancelling.Token);
        await Product.LiveProcesses.UntilAsync(() => File.Exists(witness), TimeSpan.FromSeconds(10), "the check runs");

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => merging);
        Assert.Equal(head, await Head(workspace));
        NothingLeft(workspace);
    }

    private async Task<Workspace> Worker()
    {
        var workspace = await Git.Worktree(await Git.MakeRepository());
        GitScene.Write(workspace.Root, "worker.txt", "w\n");
        await Git.Commit(workspace.Root);
        return workspace;
    }

    /// <summary>Runs as processes what was to run in containers, and keeps what was asked for.</summary>
    private sealed class UncontainedLauncher : ILauncher
    {
        private readonly ProcessLauncher _processes = new(TimeProvider.System);

        public List<CommandLaunch> Launched { get; } = [];

        public Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
        {
            Launched.Add(launch);
            return _processes.LaunchAsync(launch with { Container = null, Limits = ResourceLimits.None }, cancellationToken);
        }

        public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken) => _processes.AdoptAsync(runDirectory, cancellationToken);
    }
}
