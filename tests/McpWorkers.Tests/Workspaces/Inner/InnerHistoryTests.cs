using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>Histories other than some commits on top: each is where the agent left it, or kept by a ref, and never lost.</summary>
public sealed class InnerHistoryTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly InnerScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = Limit)]
    public async Task Amended_commit_is_where_the_agent_has_it_and_the_old_one_is_kept()
    {
        string old = await Start("one");

        await _scene.Inside("echo 2 > a; git commit -qa --amend -m two");
        var notes = await _scene.BringBack();

        Assert.Equal("two\nFirst", await _scene.Outside("log", "--format=%s"));
        Assert.Equal([old], await _scene.Kept());
        Assert.Contains("before its history was rewritten", Assert.Single(notes), StringComparison.Ordinal);
        await EndsWell();
    }

    [Fact(Timeout = Limit)]
    public async Task Amended_below_the_base_and_without_any_base_at_all()
    {
        string old = await Start("one");
        await _scene.Inside("git reset -q --soft HEAD~1; git commit -q --amend -m first");
        await _scene.BringBack();
        Assert.Equal("first", await _scene.Outside("log", "--format=%s"));
        Assert.Equal([old], await _scene.Kept());

        await _scene.Prepare();
        await _scene.Inside("git checkout -q --orphan fresh; git commit -qm orphan; git branch -qf mcpworkers/term_one fresh; git checkout -q mcpworkers/term_one");
        await _scene.BringBack();

        Assert.Equal("orphan", await _scene.Outside("log", "--format=%s"));
        Assert.Equal(2, (await _scene.Kept()).Length);
        await EndsWell();
    }

    [Fact(Timeout = Limit)]
    public async Task Work_on_another_branch_is_followed_where_it_holds_the_workers()
    {
        await Start("one");

        await _scene.Inside("git checkout -qb feature; echo f > f; git add f; git commit -qm feature; echo left > left");
        var notes = await _scene.BringBack();
        var report = await _scene.Commit();

        Assert.Equal("In the container HEAD was on 'feature'.", Assert.Single(notes));
        Assert.EndsWith("'mcpworkers/term_one' was moved to it.", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal("the host's\nfeature\none\nFirst", await _scene.Git.Git(_scene.Source, "log", "--format=%s", _scene.Workspace.Branch));
        await _scene.Prepare();
        Assert.Equal("", await _scene.Inside("git status --porcelain"));
        await _scene.Inside("git checkout -q mcpworkers/term_one; echo g > g; git add g; git commit -qm on");
        await _scene.BringBack();
        Assert.Equal("refs/heads/mcpworkers/term_one", await _scene.Outside("symbolic-ref", "HEAD"));
        await EndsWell();
    }

    [Fact(Timeout = Limit)]
    public async Task Work_on_a_branch_apart_leaves_the_workers_where_it_is_and_is_not_lost()
    {
        await Start("one");
        string main = await _scene.Git.Git(_scene.Source, "rev-parse", "main");

        await _scene.Inside("git checkout -q main; echo m > m; git add m; git commit -qm apart");
        await _scene.BringBack();
        var report = await _scene.Commit();

        Assert.Contains("stays where it is", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal("apart", await _scene.Outside("log", "-1", "--format=%s"));
        Assert.Equal("one", await _scene.Git.Git(_scene.Source, "log", "-1", "--format=%s", _scene.Workspace.Branch));
        Assert.Equal(main, await _scene.Git.Git(_scene.Source, "rev-parse", "main"));
        await EndsWell();
    }

    [Fact(Timeout = Limit)]
    public async Task Branches_tags_and_a_stash_of_the_agent_are_kept()
    {
        await Start("one");

        await _scene.Inside(
            "git checkout -qb side; echo s > s; git add s; git commit -qm side; git tag -am tagged v9; git checkout -q mcpworkers/term_one; git branch -qf main side; echo x >> a; git stash -q; git pack-refs --all");
        string stash = await _scene.Inside("git rev-parse refs/stash");
        string side = await _scene.Inside("git rev-parse side");
        var notes = await _scene.BringBack();

        Assert.Equal(new[] { stash, side }.Order(), (await _scene.Kept()).Order());
        Assert.Equal(2, notes.Count);
        Assert.Equal("First", await _scene.Git.Git(_scene.Source, "log", "-1", "--format=%s", "main"));
        await EndsWell();
    }

    [Fact(Timeout = Limit)]
    public async Task Branch_that_was_moved_outside_too_stays_and_the_agents_is_kept()
    {
        await Start("one");
        await _scene.Inside("echo i > inside; git add inside; git commit -qm inside");
        string inside = await _scene.Inside("git rev-parse HEAD");
        GitScene.Write(_scene.Workspace.Root, "outside", "o");
        await _scene.Git.Git(_scene.Workspace.Root, "add", "outside");
        await _scene.Git.Git(_scene.Workspace.Root, "commit", "-qm", "outside");

        var notes = await _scene.BringBack();

        Assert.Equal("outside", await _scene.Outside("log", "-1", "--format=%s"));
        Assert.Equal([inside], await _scene.Kept());
        Assert.Contains("moved outside too", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Cut_off_at_any_point_it_is_gone_on_with()
    {
        string old = await Start("one");
        await _scene.Inside("echo 2 > a; git commit -qa --amend -m two");
        string state = await File.ReadAllTextAsync(_scene.Place.State, TestContext.Current.CancellationToken);
        await _scene.BringBack();
        string tip = _scene.Tip;

        // As it is where everything was done but the last word of it written.
        await File.WriteAllTextAsync(_scene.Place.State, state, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_scene.Place.Taken, "objects"));
        await _scene.BringBack();

        Assert.Equal(tip, _scene.Tip);
        Assert.Equal([old], await _scene.Kept());
        Assert.False(Directory.Exists(_scene.Place.Taken));

        // And where the index is ahead of the refs.
        await File.WriteAllTextAsync(_scene.Place.State, state, TestContext.Current.CancellationToken);
        await _scene.Git.Git(_scene.Source, "update-ref", _scene.Workspace.Branch, old);
        await _scene.BringBack();
        Assert.Equal(tip, _scene.Tip);
        await EndsWell();
    }

    /// <returns>The worker's first commit.</returns>
    private async Task<string> Start(string subject)
    {
        await _scene.MakeAsync();
        await _scene.Prepare();
        await _scene.Inside($"echo 1 > a; git add a; git commit -qm {subject}");
        Assert.Empty(await _scene.BringBack());
        await _scene.Commit();
        await _scene.Prepare();
        return _scene.Tip;
    }

    private async Task EndsWell()
    {
        await _scene.Commit();
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
        await _scene.Sound();
        await _scene.Prepare();
        Assert.Equal("", await _scene.Inside("git status --porcelain"));
        Assert.Equal(await _scene.Outside("rev-parse", "HEAD"), await _scene.Inside("git rev-parse HEAD"));
    }
}
