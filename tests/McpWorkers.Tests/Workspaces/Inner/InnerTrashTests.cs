using McpWorkers.Engine.Workspaces.Trash;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>A worktree is removed: what its agent committed in a container is as safe as what was committed in the worktree.</summary>
public sealed class InnerTrashTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly InnerScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = Limit)]
    public async Task Commits_that_nobody_has_brought_yet_are_something_to_lose_and_are_in_the_snapshot()
    {
        await Start();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");

        Assert.NotNull(await Trash.LossAsync(_scene.Workspace, _scene.Git.Environment, Cancellation));
        var entry = await Trash.RemoveAsync(_scene.Workspace, "a test", _scene.Git.Environment, Cancellation);

        Assert.False(Directory.Exists(_scene.Git.Folder.PathOf(_scene.Workspace.Id)));
        await Trash.RestoreAsync(entry!, _scene.Git.Environment, Cancellation);
        Assert.Equal("one\nFirst", await _scene.Outside("log", "--format=%s"));
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
        await _scene.Prepare();
        Assert.Equal("one", await _scene.Inside("git log -1 --format=%s"));
    }

    [Fact(Timeout = Limit)]
    public async Task Where_all_of_it_is_merged_there_is_nothing_to_lose()
    {
        await Start();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");
        await _scene.BringBack();
        await _scene.Git.Git(_scene.Source, "merge", "--quiet", "--ff-only", _scene.Workspace.Branch);

        Assert.Null(await Trash.LossAsync(_scene.Workspace, _scene.Git.Environment, Cancellation));
        Assert.Null(await Trash.RemoveAsync(_scene.Workspace, "a test", _scene.Git.Environment, Cancellation));

        Assert.False(Directory.Exists(_scene.Git.Folder.PathOf(_scene.Workspace.Id)));
    }

    [Fact(Timeout = Limit)]
    public async Task What_was_kept_by_refs_is_held_by_the_snapshot_and_the_refs_go()
    {
        await Start();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");
        await _scene.BringBack();
        await _scene.Inside("git commit -q --amend -m two");
        await _scene.BringBack();
        string old = Assert.Single(await _scene.Kept());

        var entry = await Trash.RemoveAsync(_scene.Workspace, "a test", _scene.Git.Environment, Cancellation);

        Assert.Empty(await _scene.Kept());
        Assert.Contains(old, await _scene.Git.Git(_scene.Source, "rev-list", entry!.Ref), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task What_cannot_be_brought_stays_where_it_is_when_the_rest_is_removed()
    {
        await Start();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one; echo 0123456789012345678901234567890123456789 > $GIT_DIR/refs/heads/mcpworkers/term_one");

        Assert.Contains("what its container had", await Trash.LossAsync(_scene.Workspace, _scene.Git.Environment, Cancellation), StringComparison.Ordinal);
        var entry = await Trash.RemoveAsync(_scene.Workspace, "a test", _scene.Git.Environment, Cancellation);

        string left = Assert.Single(Directory.GetFileSystemEntries(_scene.Git.Folder.PathOf(_scene.Workspace.Id)));
        Assert.Contains(left, entry!.Why, StringComparison.Ordinal);
        Assert.Contains("one", await _scene.Git.Git(left, "log", "--format=%s", "--reflog"), StringComparison.Ordinal);
    }

    private Trashcan Trash => field ??= new(_scene.Git.Tool, _scene.Git.Folder, _scene.Settings, new(_scene.Git.Folder.Beside("ports"), _scene.Settings), TimeProvider.System);

    private async Task Start()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
    }
}
