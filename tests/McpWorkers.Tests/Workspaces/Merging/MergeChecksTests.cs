using McpWorkers.Engine.Workspaces;
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
            Prepare = (root, token) => File.WriteAllTextAsync(GitScene.Write(root, "sub/prepared", ""), root, token),
        };

        var outcome = await Merge(workspace, new() { Checks = checks });

        Assert.StartsWith(Git.Folder.Beside("merges"), Assert.Single(outcome.Checks).Output, StringComparison.Ordinal);
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
}
