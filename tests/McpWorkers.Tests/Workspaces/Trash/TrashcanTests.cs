using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Trash;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Trash;

public sealed class TrashcanTests
{
    private const int Limit = 60_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What leaves nothing to lose.</summary>
    [Theory(Timeout = Limit)]
    [InlineData("true")]
    [InlineData("git status; git fetch -q . main; touch readme.txt; git update-index --refresh")]
    [InlineData("echo a > a; git add a; git commit -qm a; git -C $REPOSITORY merge -q mcpworkers/term_0123456789ab")]
    [InlineData("git config core.autocrlf true; rm readme.txt; git checkout -q readme.txt; grep -q $(printf '\\r') readme.txt")]
    public async Task Nothing_to_lose_leaves_no_snapshot(string deed)
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository);
        scene.Git.Set("REPOSITORY", repository);
        await scene.Shell(workspace.Root, deed);
        Assert.Null(await scene.Remove(workspace));
        scene.AssertGone(workspace);
        Assert.Empty(await scene.Git.Git(repository, "branch", "--list", "mcpworkers/*"));
        Assert.Empty(scene.Trash.List());
    }

    /// <summary>Each of these alone is something to lose.</summary>
    [Theory(Timeout = Limit)]
    [InlineData("echo x > x")]
    [InlineData("echo x > x; echo x > .git/info/exclude || echo x > $(git rev-parse --git-common-dir)/info/exclude")]
    [InlineData("rm readme.txt")]
    [InlineData("chmod +x readme.txt")]
    [InlineData("printf 'A project.\\r\\n' > readme.txt; git config core.autocrlf input")]
    [InlineData("echo s > readme.txt; git add readme.txt; git show HEAD:readme.txt > readme.txt")]
    [InlineData("git commit -q --allow-empty -m empty")]
    [InlineData("git commit -q --allow-empty -m empty; git reset -q --hard HEAD~1")]
    [InlineData("mkdir n; git init -q n")]
    [InlineData("git update-index --assume-unchanged readme.txt; echo hidden > readme.txt; touch -d 2001-01-01 readme.txt")]
    [InlineData("ln -s readme.txt l")]
    public async Task Anything_else_is_snapshot_first(string deed)
    {
        using var scene = new TrashScene();
        var workspace = await scene.Worktree(await scene.Git.MakeRepository());
        await scene.Shell(workspace.Root, deed);
        var entry = await scene.Remove(workspace);
        Assert.NotNull(entry);
        Assert.Contains("it holds", entry.Why, StringComparison.Ordinal);
        scene.AssertGone(workspace);
    }

    [Fact(Timeout = Limit)]
    public async Task A_clone_without_changes_leaves_no_snapshot()
    {
        using var scene = new TrashScene();
        var workspace = await scene.Clone(await scene.Git.MakeRepository());
        Assert.Null(await scene.Remove(workspace));
        scene.AssertGone(workspace);
    }

    [Fact(Timeout = Limit)]
    public async Task Included_files_and_the_outputs_of_the_set_up_are_nothing_to_lose_while_unchanged()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository("project", (".gitignore", "out/\n.env\n"));
        GitScene.Write(repository, ".env", "secret");
        var workspace = await scene.Worktree(repository) with { Included = [".env"], SetupOutputs = ["out"] };
        await scene.Shell(workspace.Root, "printf secret > .env; mkdir out; echo o > out/o");
        Assert.Null(await scene.Trash.LossAsync(workspace, scene.Git.Environment, Cancellation));
        GitScene.Write(workspace.Root, ".env", "changed");
        Assert.NotNull(await scene.Trash.LossAsync(workspace, scene.Git.Environment, Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task A_branch_that_is_taken_leaves_the_restored_head_detached()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository);
        await scene.Shell(workspace.Root, "echo a > a; git add a; git commit -qm a");
        string head = await scene.Git.Git(workspace.Root, "rev-parse", "HEAD");
        var entry = await scene.Remove(workspace);
        await scene.Git.Git(repository, "branch", workspace.BranchName, "main");
        var restored = await scene.Restore(entry!);
        Assert.Equal(head, await scene.Git.Git(workspace.Root, "rev-parse", "HEAD"));
        Assert.Equal("", await scene.Git.Git(workspace.Root, "branch", "--show-current"));
        Assert.Contains(restored.Notes, note => note.Contains("detached", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Nothing_is_restored_over_what_is_there()
    {
        using var scene = new TrashScene();
        var workspace = await scene.Worktree(await scene.Git.MakeRepository());
        GitScene.Write(workspace.Root, "x", "x");
        var entry = (await scene.Remove(workspace))!;
        await scene.Restore(entry);
        GitScene.Write(workspace.Root, "x", "newer");
        await Assert.ThrowsAsync<RefusedException>(() => scene.Restore(entry));
        Assert.Equal("newer", await File.ReadAllTextAsync(Path.Combine(workspace.Root, "x"), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Emptied_is_gone_for_good_and_only_then()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository);
        GitScene.Write(workspace.Root, "x", "x");
        var entry = (await scene.Remove(workspace))!;
        Assert.Equal(entry.Commit, await scene.Git.Git(repository, "rev-parse", entry.Ref));
        Assert.Equal([entry.Id], scene.Trash.List().Select(each => each.Id));
        await scene.Trash.EmptyAsync(entry, scene.Git.Environment, Cancellation);
        Assert.Empty(scene.Trash.List());
        Assert.Empty(await scene.Git.Git(repository, "for-each-ref", "refs/mcpworkers"));
        Assert.Throws<RefusedException>(() => scene.Trash.Get(entry.Id));
    }

    [Fact(Timeout = Limit)]
    public async Task A_repository_that_is_gone_loses_no_files_and_can_be_emptied()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var first = await scene.Worktree(repository);
        GitScene.Write(first.Root, "x", "x");
        var lost = (await scene.Remove(first))!;
        var second = await scene.Worktree(repository, "term_222222222222");
        GitScene.Write(second.Root, "y", "y");
        Directory.Delete(repository, recursive: true);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.Restore(lost));
        Assert.Contains(repository, refused.Message, StringComparison.Ordinal);
        await scene.Trash.EmptyAsync(lost, scene.Git.Environment, Cancellation);
        var kept = (await scene.Remove(second))!;
        Assert.Contains(await scene.Trash.FilesAsync(kept, scene.Git.Environment, Cancellation), file => file.Path == "y");
    }

    [Fact(Timeout = Limit)]
    public async Task An_ordinary_push_leaves_the_trash_out()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository);
        GitScene.Write(workspace.Root, "x", "x");
        await scene.Remove(workspace);
        await scene.Shell(scene.Git.Root, "git init -q --bare there.git");
        string there = Path.Combine(scene.Git.Root, "there.git");
        await scene.Git.Git(repository, "push", "--quiet", "--all", there);
        await scene.Git.Git(repository, "push", "--quiet", "--tags", there);
        Assert.Equal("refs/heads/main", await scene.Git.Git(there, "for-each-ref", "--format=%(refname)"));
    }

    [Fact(Timeout = Limit)]
    public async Task The_sweep_goes_on_with_what_was_interrupted_and_keeps_what_holds_something()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var making = await scene.Worktree(repository, "term_000000000001") with { State = WorkspaceState.Creating };
        scene.Git.Folder.Write(making);
        var idle = await scene.Worktree(repository, "term_000000000002");
        var dirty = await scene.Worktree(repository, "term_000000000003");
        GitScene.Write(dirty.Root, "x", "x");
        var working = await scene.Worktree(repository, "term_000000000004");
        var elsewhere = await scene.Worktree(repository, "term_000000000005") with { OwnerMark = "alive" };
        scene.Git.Folder.Write(elsewhere);
        var going = await scene.Worktree(repository, "term_000000000006");
        new Removal(null, await scene.Git.Git(going.Root, "rev-parse", "HEAD"), false).Write(scene.Git.Folder, going);
        File.Delete(Path.Combine(going.Root, "readme.txt"));
        string unknown = GitScene.Write(scene.Git.Folder.Root, "strange/file", "x");
        var entryOnly = await scene.Worktree(repository, "term_000000000007");
        Directory.Delete(scene.Git.Folder.PathOf(entryOnly.Id), recursive: true);
        const string Begun = "term_000000000008";
        string half = GitScene.Write(scene.Git.Folder.PathOf(Begun), "workspace.json.new", "{");

        var swept = await new WorkspaceSweep(scene.Git.Folder, scene.Trash, scene.Git.Environment)
            .RunAsync(id => id == working.Id || id == Begun, mark => mark == "alive", Cancellation);
        Assert.Equal([making.Id, idle.Id, going.Id, entryOnly.Id], swept.Removed.Order(StringComparer.Ordinal));
        Assert.Equal([dirty.Id], swept.Kept.Keys);
        Assert.Equal([Path.GetDirectoryName(unknown)!], swept.Unknown);
        Assert.True(File.Exists(half));
        Assert.Equal([dirty.Id, working.Id, elsewhere.Id], scene.Git.Folder.All().Select(each => each.Id).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await scene.Git.Git(repository, "branch", "--list", "mcpworkers/*")).Split('\n').Length);
    }

    [Fact(Timeout = Limit)]
    public async Task A_making_that_was_cut_off_within_git_is_removed()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository) with { State = WorkspaceState.Creating };
        scene.Git.Folder.Write(workspace);
        File.Delete(Path.Combine(workspace.GitDirectory, "HEAD"));
        File.Delete(Path.Combine(workspace.GitDirectory, "commondir"));
        File.Delete(Path.Combine(workspace.Root, "readme.txt"));
        Assert.Null(await scene.Remove(workspace));
        scene.AssertGone(workspace);
    }

    [Fact(Timeout = Limit)]
    public async Task What_lies_beside_a_workspace_is_not_deleted_with_it()
    {
        using var scene = new TrashScene();
        var workspace = await scene.Worktree(await scene.Git.MakeRepository());
        string beside = GitScene.Write(scene.Git.Folder.PathOf(workspace.Id), "beside.txt", "x");
        await scene.Remove(workspace);
        Assert.False(Path.Exists(workspace.Root));
        Assert.True(File.Exists(beside));
    }

    [Fact(Timeout = Limit)]
    public async Task Links_out_of_the_workspace_are_not_followed()
    {
        using var scene = new TrashScene();
        string outside = GitScene.Write(scene.Git.Root, "outside/precious.txt", "precious");
        var workspace = await scene.Worktree(await scene.Git.MakeRepository());
        await scene.Shell(workspace.Root, "ln -s ../../../../outside out; ln -s ../../../../outside/precious.txt f; mkdir d; chmod 0555 d");
        var entry = (await scene.Remove(workspace))!;
        Assert.True(File.Exists(outside));
        Assert.DoesNotContain(await scene.Trash.FilesAsync(entry, scene.Git.Environment, Cancellation), file => file.Path.Contains("precious", StringComparison.Ordinal));
    }
}
