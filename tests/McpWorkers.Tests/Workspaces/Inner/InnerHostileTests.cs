using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Inner;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>
/// The agent may write anything into its repository. Nothing of that runs a program outside, leads the host's git or the host's own hands to
/// other files, or brings what the container could not read.
/// </summary>
public sealed class InnerHostileTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly InnerScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = Limit)]
    public async Task No_program_that_its_configuration_hooks_or_attributes_name_is_run()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("echo 1 > a; git add a; git commit -qm one");
        string mark = Path.Combine(_scene.Git.Root, "mark");
        string evil = GitScene.Write(_scene.Git.Root, "evil", $"#!/bin/sh\necho \"$0 $*\" >> {mark}\n");
        await _scene.Inside($$"""
            chmod +x {{evil}}; mkdir -p $GIT_DIR/hooks $GIT_DIR/info
            for h in pre-commit post-commit post-checkout post-index-change reference-transaction update post-update pre-receive; do cp {{evil}} $GIT_DIR/hooks/$h; done
            printf '[core]\n\tfsmonitor = %s\n\talternateRefsCommand = %s\n\thooksPath = %s\n[filter "x"]\n\tclean = %s\n\tsmudge = %s\n[uploadpack]\n\tpackObjectsHook = %s\n[include]\n\tpath = %s\n' \
              {{evil}} {{evil}} $GIT_DIR/hooks {{evil}} {{evil}} {{evil}} {{evil}} >> $GIT_DIR/config
            echo '* filter=x diff=x merge=x' > $GIT_DIR/info/attributes
            """);

        await _scene.BringBack();
        await _scene.Commit();
        await _scene.Prepare();

        Assert.False(File.Exists(mark));
        Assert.Equal("one", await _scene.Outside("log", "-1", "--format=%s"));
    }

    [Theory(Timeout = Limit)]
    [InlineData("ln -s \"$VICTIM\" $GIT_DIR/index")]
    [InlineData("ln -s \"$VICTIM\" $GIT_DIR/HEAD")]
    [InlineData("ln -s \"$VICTIM\" $GIT_DIR/refs/heads/mcpworkers/term_one")]
    [InlineData("rm -rf $GIT_DIR/refs; ln -s \"$AWAY\" $GIT_DIR/refs")]
    [InlineData("rm -rf $GIT_DIR/objects; ln -s \"$AWAY\" $GIT_DIR/objects")]
    [InlineData("rm -rf $GIT_DIR/objects/info; ln -s \"$AWAY\" $GIT_DIR/objects/info")]
    [InlineData("rm -rf $GIT_DIR/logs; ln -s \"$AWAY\" $GIT_DIR/logs")]
    [InlineData("rm -rf $GIT_DIR/*; mkfifo $GIT_DIR/HEAD $GIT_DIR/index $GIT_DIR/packed-refs")]
    [InlineData("rm -rf $GIT_DIR/HEAD; mkdir $GIT_DIR/HEAD $GIT_DIR/HEAD/x")]
    [InlineData("rm -rf $GIT_DIR/*")]
    public async Task Links_and_odd_files_lead_the_host_nowhere_and_the_next_run_has_git_again(string script)
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        string victim = GitScene.Write(_scene.Git.Root, "victim", "mine\n");
        string away = Path.Combine(_scene.Git.Root, "away");
        Directory.CreateDirectory(away);
        await _scene.Inside($"VICTIM={victim} AWAY={away}; rm -f $GIT_DIR/index; {(script.StartsWith("ln", StringComparison.Ordinal) ? $"rm -f {script.Split(' ')[^1]}; " : "")}{script}");

        await Record.ExceptionAsync(() => _scene.BringBack());
        await _scene.Commit();
        await _scene.Prepare();

        Assert.Equal("mine\n", await File.ReadAllTextAsync(victim, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(away));
        Assert.Equal("First", await _scene.Inside("git log --format=%s"));
        Assert.Equal("", await _scene.Inside("git status --porcelain"));
        Assert.Equal(_scene.Workspace.Base, _scene.Tip);
    }

    [Theory(Timeout = Limit)]
    [InlineData("echo \"$SECRET\" > $GIT_DIR/objects/info/alternates")]
    [InlineData("rm -rf $GIT_DIR/objects/pack; ln -s \"$SECRET/pack\" $GIT_DIR/objects/pack")]
    [InlineData("for d in $(ls \"$SECRET\"); do ln -s \"$SECRET/$d\" $GIT_DIR/objects/$d || true; done")]
    public async Task Objects_of_another_repository_are_not_brought_by_naming_them(string script)
    {
        await _scene.MakeAsync();
        string other = await _scene.Git.MakeRepository("other", ("secret", "s\n"));
        string commit = await _scene.Git.Git(other, "rev-parse", "HEAD");
        await _scene.Prepare();
        await _scene.Inside($"SECRET={other}/.git/objects; {script}; echo {commit} > $GIT_DIR/refs/heads/mcpworkers/term_one");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => _scene.BringBack());

        Assert.Contains(commit, refused.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, (await _scene.Git.TryGit(_scene.Source, "cat-file", "-e", commit)).ExitCode);
        Assert.Equal(_scene.Workspace.Base, _scene.Tip);
    }

    [Fact(Timeout = Limit)]
    public async Task Damaged_or_mislabelled_objects_are_refused_and_put_aside_and_the_work_goes_on()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("""
            echo 1 > a; git add a; git commit -qm one; git rm -q a; git commit -qm two
            blob=$(git rev-parse HEAD~1:a); other=$(echo other | git hash-object -w --stdin)
            p() { echo $GIT_DIR/objects/$(echo $1 | cut -c1-2)/$(echo $1 | cut -c3-); }
            chmod u+w $(p $blob); cp $(p $other) $(p $blob)
            """);

        await Assert.ThrowsAsync<RefusedException>(() => _scene.BringBack());
        Assert.Equal(_scene.Workspace.Base, _scene.Tip);
        await _scene.Commit();
        await _scene.Prepare();

        Assert.Equal("First", await _scene.Inside("git log --format=%s"));
        Assert.Contains(".aside-", Assert.Single(await _scene.BringBack()), StringComparison.Ordinal);
        await _scene.Sound();
    }

    [Fact(Timeout = Limit)]
    public async Task Tree_with_a_git_directory_in_it_is_refused()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("blob=$(echo x | git hash-object -w --stdin); inner=$(printf '100644 blob %s\\tconfig\\n' $blob | git mktree); tree=$(printf '040000 tree %s\\t.git\\n' $inner | git mktree); git update-ref HEAD $(git commit-tree -p HEAD -m evil $tree)");

        await Assert.ThrowsAsync<RefusedException>(() => _scene.BringBack());

        Assert.Equal(_scene.Workspace.Base, _scene.Tip);
    }

    [Fact(Timeout = Limit)]
    public async Task Too_much_is_refused()
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside("head -c 300000 /dev/urandom > a; git add a; git commit -qm one");
        var outside = _scene.Git.Tool.Open(_scene.Workspace.Place, _scene.Git.Environment);
        var objects = new InnerObjects(_scene.Git.Tool, _scene.Place, outside, _scene.Git.Environment) { BytesMax = 200_000 };

        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await objects.TakeAsync([await _scene.Inside("git rev-parse HEAD")], Cancellation));

        Assert.Equal(RefusalCode.LimitReached, refused.Code);
        Assert.False(Directory.Exists(_scene.Place.Taken));
    }

    [Fact(Timeout = Limit)]
    public async Task List_of_alternates_that_names_any_directory_is_not_shown()
    {
        await _scene.MakeAsync();
        string home = Path.Combine(_scene.Git.Root, "secrets", "objects");
        Directory.CreateDirectory(home);
        GitScene.Write(_scene.Source, ".git/objects/info/alternates", home + "\n");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => _scene.Prepare());

        Assert.Contains(home, refused.Message, StringComparison.Ordinal);
    }
}
