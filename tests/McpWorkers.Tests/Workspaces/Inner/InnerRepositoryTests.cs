using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Inner;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>The ordinary course: an agent works with git in its container, and outside all is as if it had worked in the worktree.</summary>
public sealed class InnerRepositoryTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly InnerScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = Limit)]
    public async Task Inside_there_is_the_branch_with_its_files_and_nothing_to_do()
    {
        await _scene.MakeAsync(("readme.txt", "hello\n"), ("src/a.txt", "a\n"));
        await _scene.Git.Git(_scene.Source, "tag", "v1");

        await _scene.Prepare();

        Assert.Equal("", await _scene.Inside("git status --porcelain"));
        Assert.Equal("mcpworkers/term_one", await _scene.Inside("git rev-parse --abbrev-ref HEAD"));
        Assert.Equal(_scene.Workspace.Base, await _scene.Inside("git rev-parse HEAD main v1 | sort -u"));
        Assert.Equal("First", await _scene.Inside("git log --format=%s"));
        Assert.Equal("Scene User <scene@example.invalid>", await _scene.Inside("git var GIT_AUTHOR_IDENT | sed 's/>.*/>/'"));
        Assert.Equal("", await _scene.Inside("git fsck --strict --no-progress"));
    }

    [Fact(Timeout = Limit)]
    public async Task Shown_are_the_worktree_the_repository_of_its_own_and_the_sources_objects_to_read()
    {
        await _scene.MakeAsync();

        var mounts = await _scene.Prepare();

        string root = _scene.Workspace.Root;
        Assert.Equal(
            [
                new(root, root, IsReadOnly: false),
                new(_scene.Place.Pointer, Path.Combine(root, ".git")),
                new(_scene.Place.Repository, _scene.Place.Repository, IsReadOnly: false),
                new ContainerMount(Path.Combine(_scene.Source, ".git/objects"), Path.Combine(_scene.Source, ".git/objects")),
            ],
            mounts);
        Assert.Equal($"gitdir: {_scene.Place.Repository}\n", await File.ReadAllTextAsync(_scene.Place.Pointer, Cancellation));
        Assert.DoesNotContain(mounts, mount => !mount.IsReadOnly && (mount.Source + "/").StartsWith(_scene.Source + "/", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Commits_come_to_the_branch_and_files_and_status_are_as_the_agent_left_them()
    {
        await _scene.MakeAsync(("a.txt", "1\n"), (".gitignore", "ignored\n"));
        await _scene.Prepare();
        await _scene.Inside("echo 2 > a.txt; echo n > new.txt; echo i > ignored; git add -A -f; git commit -qm one; echo 3 > a.txt; git commit -qam two; echo left > left.txt");
        string inside = await _scene.Inside("git rev-parse HEAD");

        var notes = await _scene.BringBack();

        Assert.Empty(notes);
        Assert.Equal(inside, _scene.Tip);
        Assert.Equal("refs/heads/mcpworkers/term_one", await _scene.Outside("symbolic-ref", "HEAD"));
        Assert.Equal("?? left.txt", await _scene.Outside("status", "--porcelain"));
        var report = await _scene.Commit();
        Assert.Empty(report.Notes);
        Assert.Equal("the host's,two,one,First", (await _scene.Outside("log", "--format=%s")).Replace('\n', ','));
        Assert.Equal("ignored\nnew.txt\nleft.txt\na.txt\n.gitignore".Split('\n').Order(StringComparer.Ordinal), (await _scene.Outside("ls-files")).Split('\n'));
        Assert.Empty(await _scene.Kept());
        await _scene.Sound();
    }

    [Fact(Timeout = Limit)]
    public async Task The_next_run_goes_on_from_what_the_host_committed_with_the_agents_own_branches_still_there()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one; git branch aside; echo 2 > b; git config user.name Agent");
        await _scene.BringBack();
        await _scene.Commit();

        await _scene.Prepare();

        Assert.Equal("", await _scene.Inside("git status --porcelain"));
        Assert.Equal("the host's\none\nFirst", await _scene.Inside("git log --format=%s"));
        Assert.Equal("one", await _scene.Inside("git log -1 --format=%s aside"));
        await _scene.Inside("echo 3 > c; git add c; git commit -qm three");
        Assert.Empty(await _scene.BringBack());
        Assert.Equal("Agent three", await _scene.Outside("log", "-1", "--format=%an %s"));
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
    }

    [Fact(Timeout = Limit)]
    public async Task Many_commits_come_as_a_pack_and_packed_ones_too()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("for i in $(seq 45); do echo $i > f$i; git add .; git commit -qm $i; done; git gc -q; echo x > x; git add x; git commit -qm loose");

        Assert.Empty(await _scene.BringBack());

        Assert.Equal("47", await _scene.Outside("rev-list", "--count", "HEAD"));
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
        Assert.Single(Directory.GetFiles(Path.Combine(_scene.Source, ".git/objects/pack"), "*.pack"));
        await _scene.Sound();
    }

    [Fact(Timeout = Limit)]
    public async Task Bringing_back_twice_or_with_nothing_to_bring_changes_nothing()
    {
        await _scene.MakeAsync();
        Assert.Empty(await _scene.BringBack());
        await _scene.Prepare();
        Assert.Empty(await _scene.BringBack());
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");
        await _scene.BringBack();
        string tip = _scene.Tip;
        string log = await _scene.Outside("reflog");

        Assert.Empty(await _scene.BringBack());
        File.Delete(_scene.Place.State + ".new");
        Assert.Equal(tip, _scene.Tip);
        Assert.Equal(log, await _scene.Outside("reflog"));
    }

    [Fact(Timeout = Limit)]
    public async Task What_a_host_that_died_did_not_bring_is_brought_before_the_next_run()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");

        await _scene.Prepare();

        Assert.Equal("one", await _scene.Outside("log", "-1", "--format=%s"));
        Assert.Equal("one", await _scene.Inside("git log -1 --format=%s"));
        Assert.Equal("", await _scene.Inside("git status --porcelain"));
    }

    [Fact(Timeout = Limit)]
    public async Task Locks_that_a_killed_git_left_are_gone_in_the_next_run()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("touch $GIT_DIR/index.lock $GIT_DIR/HEAD.lock $GIT_DIR/refs/heads/mcpworkers/term_one.lock");

        await _scene.Prepare();

        await _scene.Inside("git commit -q --allow-empty -m x");
    }

    [Fact(Timeout = Limit)]
    public async Task Borrowed_and_shallow_sources_with_sparse_files_and_a_users_settings_are_shown_as_they_are()
    {
        string far = await _scene.Git.MakeRepository("far", ("keep/a.txt", "a\n"), ("away/b.txt", "b\n"), ("new.txt", "n\n"));
        GitScene.Write(far, "new.txt", "nn\n");
        await _scene.Git.Commit(far);
        string source = Path.Combine(_scene.Git.Root, "near");
        await _scene.Git.Git(_scene.Git.Root, "clone", "--quiet", "--shared", far, source);
        await _scene.Git.Git(source, "sparse-checkout", "set", "keep");
        GitScene.Write(_scene.Git.Home, ".config/git/ignore", "*.secret\n");
        await File.AppendAllTextAsync(Path.Combine(source, ".git/info/exclude"), "local\n", Cancellation);
        var made = await Worktrees.Workplaces.MakeWorktree(_scene.Git, source);
        var inner = new InnerRepository(_scene.Git.Tool, _scene.Settings);

        var mounts = await inner.PrepareAsync(made, _scene.Git.Environment, Cancellation);

        Assert.Equal([Path.Combine(source, ".git/objects"), Path.Combine(far, ".git/objects")], mounts.Skip(3).Select(mount => mount.Source));
        _scene.Git.Set("GIT_DIR", InnerPlace.Of(made).Repository);
        GitScene.Write(made.Root, "x.secret", "s");
        GitScene.Write(made.Root, "local", "l");
        Assert.Equal("", await _scene.Git.Git(made.Root, "status", "--porcelain"));
        Assert.False(Directory.Exists(Path.Combine(made.Root, "away")));
        await _scene.Git.Git(made.Root, "sparse-checkout", "disable");
        Assert.Equal("", await _scene.Git.Git(made.Root, "status", "--porcelain"));
    }

    [Fact(Timeout = Limit)]
    public async Task An_unfinished_merge_inside_is_not_committed_and_is_still_there_in_the_next_run()
    {
        await _scene.MakeAsync(("a.txt", "1\n"));
        await _scene.Prepare();
        await _scene.Inside("git checkout -qb other; echo o > a.txt; git commit -qam other; git checkout -q mcpworkers/term_one; echo m > a.txt; git commit -qam mine; git merge -q other || true");

        await _scene.BringBack();
        var report = await _scene.Commit();

        Assert.Null(report.Commit);
        Assert.StartsWith("A merge is not finished in the container", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal("mine", await _scene.Outside("log", "-1", "--format=%s"));
        await _scene.Prepare();
        await _scene.Inside("echo both > a.txt; git add a.txt; git commit -qm merged");
        await _scene.BringBack();
        Assert.Empty((await _scene.Commit()).Notes);
        Assert.Equal("mine other", await _scene.Outside("log", "-1", "--format=%s", "HEAD^1") + " " + await _scene.Outside("log", "-1", "--format=%s", "HEAD^2"));
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
    }

    [Fact(Timeout = Limit)]
    public async Task What_was_brought_is_read_as_changes_of_the_worker()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");
        await _scene.BringBack();

        var changes = await new ChangeReader(_scene.Git.Tool).ReadAsync(_scene.Workspace, _scene.Git.Environment, Cancellation);

        Assert.Equal("a", Assert.Single(changes.Files).Path);
        Assert.Equal("one", Assert.Single(changes.Commits).Subject);
    }
}
