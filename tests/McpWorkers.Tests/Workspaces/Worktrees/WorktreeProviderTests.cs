using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Worktrees;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Worktrees;

/// <summary>Worktrees from every kind of place, by the real git, and looked at as the user's git sees them.</summary>
public sealed class WorktreeProviderTests
{
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task Worktree_stands_on_a_branch_of_its_own_that_tracks_nothing()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("readme.txt", "hello\n"), ("src/a.txt", "a\n")]);
        string configuration = await File.ReadAllTextAsync(Path.Combine(top, ".git", "config"), TestContext.Current.CancellationToken);

        var made = await scene.MakeWorktree(top);

        Assert.Equal(Path.Combine(scene.Folder.PathOf(made.Id), "project"), made.Root);
        Assert.Equal("refs/heads/mcpworkers/term_0123456789ab", await scene.Git(made.Root, "symbolic-ref", "HEAD"));
        Assert.Equal(await scene.Git(top, "rev-parse", "HEAD"), made.Base);
        Assert.Equal("refs/heads/main", made.Target);
        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));
        Assert.Equal("hello\n", await File.ReadAllTextAsync(Path.Combine(made.Root, "readme.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(configuration, await File.ReadAllTextAsync(Path.Combine(top, ".git", "config"), TestContext.Current.CancellationToken));
        Assert.Equal(made.GitDirectory, await scene.Git(made.Root, "rev-parse", "--absolute-git-dir"));
        Assert.Contains($"worktree {made.Root}\n", await scene.Git(top, "worktree", "list", "--porcelain"), StringComparison.Ordinal);
        Assert.Equal("", await scene.Git(top, "worktree", "prune", "--dry-run", "--verbose"));
        Assert.Equal(WorkspaceState.Ready, scene.Folder.Find(made.Id)!.State);
        Assert.Equal(["project", "workspace.json"], Directory.EnumerateFileSystemEntries(scene.Folder.PathOf(made.Id)).Select(Path.GetFileName).Order());
        Assert.Empty(made.Notes);
    }

    [Theory(Timeout = Limit)]
    [InlineData("branch")]
    [InlineData("tag")]
    [InlineData("sha")]
    [InlineData("HEAD~1")]
    public async Task Worktree_starts_at_any_name_of_a_commit(string kind)
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository();
        string first = await scene.Git(top, "rev-parse", "HEAD");
        await scene.Git(top, "branch", "feature/x");
        await scene.Git(top, "tag", "--annotate", "--message", "t", "v1");
        GitScene.Write(top, "later.txt", "later");
        await scene.Commit(top);

        var made = await scene.MakeWorktree(top, from: kind switch { "branch" => "feature/x", "tag" => "v1", "sha" => first[..12], _ => kind });

        Assert.Equal(first, made.Base);
        Assert.Equal("refs/heads/main", made.Target);
        Assert.False(File.Exists(Path.Combine(made.Root, "later.txt")));
    }

    [Theory(Timeout = Limit)]
    [InlineData("-x")]
    [InlineData("--upload-pack=x")]
    [InlineData("main\nx")]
    [InlineData("")]
    [InlineData("nothing-of-the-name")]
    public async Task Name_that_is_none_is_refused_and_nothing_is_made(string from)
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository();
        var order = scene.Order(top, from: from);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.Worktrees().CheckAsync([order], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<RefusedException>(() => scene.Worktrees().CreateAsync(order, TestContext.Current.CancellationToken));

        Assert.Equal(RefusalCode.InvalidArgument, refused.Code);
        await scene.AssertNothingIsLeft(top);
    }

    [Fact(Timeout = Limit)]
    public async Task Directory_below_the_top_is_the_working_directory_where_the_tree_has_it()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("src/a.txt", "a")]);
        Directory.CreateDirectory(Path.Combine(top, "new"));

        var below = await scene.MakeWorktree(scene.Order(Path.Combine(top, "src"), "term_a"));
        var missing = await scene.MakeWorktree(scene.Order(Path.Combine(top, "new"), "term_b"));

        Assert.Equal(Path.Combine(below.Root, "src"), below.WorkingDirectory);
        Assert.Equal(missing.Root, missing.WorkingDirectory);
    }

    [Fact(Timeout = Limit)]
    public async Task Bare_repository_and_detached_head_and_linked_worktree_are_parents()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository();
        string bare = Path.Combine(scene.Root, "bare.git");
        await scene.Git(scene.Root, "clone", "--quiet", "--bare", top, bare);
        string linked = Path.Combine(scene.Root, "linked");
        await scene.Git(top, "worktree", "add", "--quiet", "-b", "side", linked);
        await scene.Git(top, "checkout", "--quiet", "--detach");

        var ofBare = await scene.MakeWorktree(scene.Order(bare, "term_a"));
        var ofLinked = await scene.MakeWorktree(scene.Order(linked, "term_b"));
        var ofDetached = await scene.MakeWorktree(scene.Order(top, "term_c"));

        Assert.Equal(("bare", "refs/heads/main"), (Path.GetFileName(ofBare.Root), ofBare.Target));
        Assert.Equal(("project", "refs/heads/side", linked), (Path.GetFileName(ofLinked.Root), ofLinked.Target, ofLinked.Source));
        Assert.Null(ofDetached.Target);
        foreach (var each in new[] { ofBare, ofLinked, ofDetached })
        {
            Assert.Equal("", await scene.Git(each.Root, "status", "--porcelain"));
            Assert.True(File.Exists(Path.Combine(each.Root, "readme.txt")));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Repository_without_a_commit_gives_a_worktree_with_an_empty_one()
    {
        using var scene = new GitScene();
        string top = Path.Combine(scene.Root, "fresh");
        await scene.Git(scene.Root, "init", "--quiet", "-b", "trunk", top);
        GitScene.Write(top, "idea.txt", "idea");

        var made = await scene.MakeWorktree(scene.Order(top, "term_a"));
        var brought = await scene.MakeWorktree(scene.Order(top, "term_b", bring: true));

        Assert.Equal("refs/heads/trunk", made.Target);
        Assert.Equal("", await scene.Git(made.Root, "ls-tree", made.Base!));
        Assert.Contains("1 untracked", Assert.Single(made.Notes), StringComparison.Ordinal);
        Assert.Equal("idea.txt", await scene.Git(brought.Root, "ls-files"));
        await scene.Git(brought.Root, "rev-parse", "HEAD~1");
    }

    [Fact(Timeout = Limit)]
    public async Task Changes_stay_behind_with_a_note_or_are_brought_without_a_touch_to_the_source()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("kept.txt", "1\n"), ("gone.txt", "1\n"), ("turned", "file\n"), ("staged.txt", "1\n"), ("folded/a", "a"), ("linked/a", "a"), (".gitignore", "*.log\n")]);
        GitScene.Write(top, "kept.txt", "2\n");
        Directory.Delete(Path.Combine(top, "folded"), recursive: true);
        GitScene.Write(top, "folded", "a file now");
        Directory.Move(Path.Combine(top, "linked"), Path.Combine(scene.Root, "elsewhere"));
        GitScene.Write(scene.Root, "elsewhere/a", "changed");
        File.CreateSymbolicLink(Path.Combine(top, "linked"), Path.Combine(scene.Root, "elsewhere"));
        File.Delete(Path.Combine(top, "gone.txt"));
        File.Delete(Path.Combine(top, "turned"));
        GitScene.Write(top, "turned/now-a-directory", "x");
        GitScene.Write(top, "staged.txt", "3\n");
        await scene.Git(top, "add", "staged.txt");
        GitScene.Write(top, "new -x\nname.txt", "n");
        GitScene.Write(top, "ignored.log", "i");
        await scene.Git(scene.Root, "init", "--quiet", Path.Combine(top, "nested"));
        string before = await scene.Git(top, "status", "--porcelain");

        var plain = await scene.MakeWorktree(scene.Order(top, "term_a"));
        var brought = await scene.MakeWorktree(scene.Order(top, "term_b", bring: true));

        Assert.Equal("1\n", await File.ReadAllTextAsync(Path.Combine(plain.Root, "kept.txt"), TestContext.Current.CancellationToken));
        Assert.Contains("not committed", Assert.Single(plain.Notes), StringComparison.Ordinal);
        Assert.Equal(await scene.Git(top, "rev-parse", "HEAD"), await scene.Git(brought.Root, "rev-parse", brought.Base + "~1"));
        Assert.Equal("2\n", await File.ReadAllTextAsync(Path.Combine(brought.Root, "kept.txt"), TestContext.Current.CancellationToken));
        Assert.Equal("3\n", await File.ReadAllTextAsync(Path.Combine(brought.Root, "staged.txt"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(brought.Root, "new -x\nname.txt")));
        Assert.True(File.Exists(Path.Combine(brought.Root, "turned", "now-a-directory")));
        Assert.True(File.Exists(Path.Combine(brought.Root, "folded")));
        Assert.NotNull(new FileInfo(Path.Combine(brought.Root, "linked")).LinkTarget);
        Assert.False(File.Exists(Path.Combine(brought.Root, "gone.txt")) || File.Exists(Path.Combine(brought.Root, "ignored.log")));
        Assert.Contains("nested/", Assert.Single(brought.Notes), StringComparison.Ordinal);
        Assert.Equal("", await scene.Git(brought.Root, "status", "--porcelain"));
        Assert.Equal(before, await scene.Git(top, "status", "--porcelain"));
        Assert.False(File.Exists(Path.Combine(scene.Folder.PathOf(brought.Id), "index")));
    }

    [Theory(Timeout = Limit)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Sparse_checkout_shows_the_same_part(bool cone, bool fromLinked)
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("in/a.txt", "a"), ("out/b.txt", "b"), ("top.txt", "t")]);
        string source = top;
        if (fromLinked)
        {
            source = Path.Combine(scene.Root, "linked");
            await scene.Git(top, "worktree", "add", "--quiet", "-b", "side", source);
        }

        await scene.Git(source, "sparse-checkout", "set", cone ? "--cone" : "--no-cone", cone ? "in" : "/in/");

        var made = await scene.MakeWorktree(source);

        Assert.True(File.Exists(Path.Combine(made.Root, "in", "a.txt")));
        Assert.False(Directory.Exists(Path.Combine(made.Root, "out")));
        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));
        Assert.Equal(await scene.Git(source, "sparse-checkout", "list"), await scene.Git(made.Root, "sparse-checkout", "list"));
    }

    [Fact(Timeout = Limit)]
    public async Task Files_of_git_lfs_are_pointers_and_the_repositorys_own_filter_is_not_run()
    {
        using var scene = new GitScene();
        const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
        string top = await scene.MakeRepository(files: [(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"), ("big.bin", Pointer)]);
        string ran = Path.Combine(scene.Root, "ran");
        await scene.Git(top, "config", "filter.lfs.smudge", $"touch '{ran}'; cat");

        var made = await scene.MakeWorktree(scene.Order(top, "term_a"));
        Assert.Equal(Pointer, await File.ReadAllTextAsync(Path.Combine(made.Root, "big.bin"), TestContext.Current.CancellationToken));
        Assert.Contains("git-lfs", Assert.Single(made.Notes), StringComparison.Ordinal);
        Assert.False(File.Exists(ran));

        scene.Configure("[filter \"lfs\"]\n\tsmudge = sed s/oid/OWN/");
        var own = await scene.MakeWorktree(scene.Order(top, "term_b"));
        Assert.Contains("OWN sha256", await File.ReadAllTextAsync(Path.Combine(own.Root, "big.bin"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(own.Notes);
    }

    [Fact(Timeout = Limit)]
    public async Task Where_the_branch_cannot_be_made_nothing_is_left()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository();
        await scene.Git(top, "branch", "mcpworkers");
        var order = scene.Order(top) with { Ports = ["PORT"] };

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.MakeWorktree(order));

        Assert.Contains("refs/heads/mcpworkers", refused.Message, StringComparison.Ordinal);
        await scene.Git(top, "branch", "--delete", "--force", "mcpworkers");
        await scene.AssertNothingIsLeft(top);
    }

    [Fact(Timeout = Limit)]
    public async Task Where_files_cannot_be_written_nothing_is_left()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [(".gitattributes", "*.x filter=broken\n"), ("a.x", "a")]);
        scene.Configure("[filter \"broken\"]\n\tsmudge = false\n\trequired = true");

        await Assert.ThrowsAsync<RefusedException>(() => scene.MakeWorktree(scene.Order(top) with { Ports = ["PORT"] }));

        await scene.AssertNothingIsLeft(top);
    }

    [Fact(Timeout = Limit)]
    public async Task Workspace_that_is_there_is_not_touched_by_an_order_of_the_same_id()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository();
        var made = await scene.MakeWorktree(top);
        GitScene.Write(made.Root, "work.txt", "work");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.MakeWorktree(top));

        Assert.Equal(RefusalCode.AlreadyOwned, refused.Code);
        Assert.True(File.Exists(Path.Combine(made.Root, "work.txt")));
        Assert.Equal("?? work.txt", await scene.Git(made.Root, "status", "--porcelain"));
    }

    [Fact(Timeout = Limit)]
    public async Task Disk_that_is_too_small_for_all_is_told_before_anything_is_made()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("big.txt", new string('x', 1_000_000))]);
        var provider = new WorktreeProvider(scene.Tool, scene.Folder, Workplaces.Settings, scene.Ports(), TimeProvider.System) { FreeAt = _ => DiskRoom.Margin + 5_500_000 };
        WorkspaceOrder[] five = [.. Enumerable.Range(0, 5).Select(i => scene.Order(top, $"term_{i}"))];
        WorkspaceOrder[] six = [.. five, scene.Order(top, "term_5")];

        await provider.CheckAsync(five, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => provider.CheckAsync(six, TestContext.Current.CancellationToken));

        Assert.Contains("The 6 worktrees would need about 141 MB", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Directory_in_no_repository_is_refused()
    {
        using var scene = new GitScene();
        string plain = Directory.CreateDirectory(Path.Combine(scene.Root, "plain")).FullName;

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.MakeWorktree(plain));

        Assert.Contains("git init", refused.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData("-x")]
    [InlineData("workspace.json")]
    [InlineData("a b'$(touch x)\nc")]
    [InlineData("..git")]
    public async Task Repository_of_a_hostile_name_gives_a_worktree(string name)
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(name);

        var made = await scene.MakeWorktree(top);

        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));
        Assert.Equal(scene.Folder.PathOf(made.Id), Path.GetDirectoryName(made.Root));
        Assert.Equal(made.Root, scene.Folder.Find(made.Id)!.Root);
    }
}
