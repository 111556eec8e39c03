using System.Diagnostics.CodeAnalysis;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Changes;

public sealed class WorkspaceCommitsTests : IDisposable
{
    private readonly GitScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_committed_is_committed_in_the_name_of_the_user()
    {
        var workspace = await Start(("old.txt", "1\n"), ("gone.txt", "1\n"), (".gitignore", "ignored/\n"));
        GitScene.Write(workspace.Root, "old.txt", "2\n");
        GitScene.Write(workspace.Root, "new dir/ä \"quoted\"\nname.txt", "n\n");
        GitScene.Write(workspace.Root, "ignored/file", "i\n");
        File.Delete(Path.Combine(workspace.Root, "gone.txt"));

        var report = await Commit(workspace, "Say hello\n\n# not a comment");

        Assert.Empty(report.Notes);
        Assert.Equal(await _scene.Git(workspace.Root, "rev-parse", "HEAD"), report.Commit);
        Assert.Equal("", await _scene.Git(workspace.Root, "status", "--porcelain"));
        Assert.Equal("Scene User <scene@example.invalid>|Scene User|Say hello", await _scene.Git(workspace.Root, "log", "-1", "--format=%an <%ae>|%cn|%s"));
        Assert.Equal("Say hello\n\n# not a comment", await _scene.Git(workspace.Root, "log", "-1", "--format=%B"));
        Assert.True(File.Exists(Path.Combine(workspace.Root, "ignored/file")));
        Assert.DoesNotContain("ignored", await _scene.Git(workspace.Root, "ls-files"), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_is_committed_where_nothing_changed()
    {
        var workspace = await Start();

        var report = await Commit(workspace);

        Assert.Null(report.Commit);
        Assert.Empty(report.Notes);
        Assert.Equal(workspace.Base, await _scene.Git(workspace.Root, "rev-parse", "HEAD"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_name_of_the_user_the_configured_one_is_taken()
    {
        var workspace = await Start();
        File.WriteAllText(Path.Combine(_scene.Home, ".gitconfig"), "");
        GitScene.Write(workspace.Root, "a.txt", "a\n");

        await Commit(workspace);

        Assert.Equal("Robot <robot@example.invalid>|Robot", await _scene.Git(workspace.Root, "log", "-1", "--format=%an <%ae>|%cn"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Repositories_within_are_left_out_and_do_not_hold_the_commit_up()
    {
        var workspace = await Start();
        string nested = Path.Combine(workspace.Root, "in [ner]");
        await _scene.Git(workspace.Root, "init", "--quiet", nested);
        GitScene.Write(nested, "inner.txt", "i\n");
        await _scene.Git(workspace.Root, "init", "--quiet", "with commit");
        GitScene.Write(Path.Combine(workspace.Root, "with commit"), "x", "x\n");
        await _scene.Commit(Path.Combine(workspace.Root, "with commit"));
        GitScene.Write(workspace.Root, "a.txt", "a\n");

        var report = await Commit(workspace);

        Assert.NotNull(report.Commit);
        Assert.Equal("a.txt\nreadme.txt", await _scene.Git(workspace.Root, "ls-tree", "-r", "--name-only", "HEAD"));
        Assert.Equal("i\n", File.ReadAllText(Path.Combine(nested, "inner.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_pointer_of_a_submodule_is_committed_and_no_program_of_the_submodule_runs()
    {
        string library = await _scene.MakeRepository("library");
        string project = await _scene.MakeRepository();
        await _scene.Git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
        await _scene.Commit(project, "With a submodule");
        var workspace = await _scene.Worktree(project);
        await _scene.Git(workspace.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
        string submodule = Path.Combine(workspace.Root, "lib");
        GitScene.Write(submodule, "more.txt", "m\n");
        string head = await _scene.Commit(submodule);
        string witness = Path.Combine(_scene.Root, "it-ran");
        string program = GitScene.Write(_scene.Root, "program.sh", $"#!/bin/sh\ntouch '{witness}'\n");
        MakeExecutable(program);
        await _scene.Git(submodule, "config", "core.fsmonitor", program);

        var report = await Commit(workspace);
        var changes = await new ChangeReader(_scene.Tool).ReadAsync(workspace, _scene.Environment, Cancellation);

        Assert.NotNull(report.Commit);
        Assert.Contains(head, await _scene.Git(workspace.Root, "ls-tree", "HEAD", "lib"), StringComparison.Ordinal);
        Assert.Empty(changes.NestedRepositories);
        Assert.Equal("lib", Assert.Single(changes.Files).Path);
        Assert.False(File.Exists(witness));
    }

    [Fact(Timeout = 60_000)]
    public async Task Hooks_run_only_from_the_directory_that_is_named()
    {
        var workspace = await Start();
        string hook = GitScene.Write(workspace.CommonDirectory, "hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n");
        MakeExecutable(hook);
        GitScene.Write(workspace.Root, "a.txt", "a\n");

        var refused = await Commits().CommitAsync(workspace, "m", _scene.Environment, Path.Combine(workspace.CommonDirectory, "hooks"), Cancellation);
        var report = await Commit(workspace);

        Assert.Null(refused.Commit);
        Assert.Contains("no", Assert.Single(refused.Notes), StringComparison.Ordinal);
        Assert.NotNull(report.Commit);
    }

    [Fact(Timeout = 60_000)]
    public async Task In_the_middle_of_a_conflict_nothing_is_committed_and_that_is_said()
    {
        var workspace = await Start(("a.txt", "1\n"));
        await Conflict(workspace, "rebase");
        string before = await _scene.Git(workspace.Root, "rev-parse", "HEAD");

        var report = await Commit(workspace);
        var changes = await new ChangeReader(_scene.Tool).ReadAsync(workspace, _scene.Environment, Cancellation);

        Assert.Null(report.Commit);
        Assert.Contains("rebase", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal(before, await _scene.Git(workspace.Root, "rev-parse", "HEAD"));
        Assert.Equal(["a.txt"], changes.Uncommitted);
        Assert.Contains("<<<<<<<", File.ReadAllText(Path.Combine(workspace.Root, "a.txt")), StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("merge")]
    [InlineData("cherry-pick")]
    public async Task Files_in_conflict_are_not_committed(string command)
    {
        var workspace = await Start(("a.txt", "1\n"));
        await Conflict(workspace, command);

        var report = await Commit(workspace);

        Assert.Null(report.Commit);
        Assert.Contains("conflict", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.NotEqual("", await _scene.Git(workspace.Root, "ls-files", "--unmerged"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_merge_whose_conflicts_are_solved_is_committed_as_one()
    {
        var workspace = await Start(("a.txt", "1\n"));
        await Conflict(workspace, "merge");
        GitScene.Write(workspace.Root, "a.txt", "solved\n");
        await _scene.Git(workspace.Root, "add", "a.txt");

        var report = await Commit(workspace);

        Assert.NotNull(report.Commit);
        Assert.Equal(2, (await _scene.Git(workspace.Root, "log", "-1", "--format=%P")).Split(' ').Length);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("--detach")]
    [InlineData("--branch")]
    public async Task The_workers_branch_follows_HEAD_where_it_loses_nothing(string how)
    {
        var workspace = await Start();
        await _scene.Git(workspace.Root, how == "--detach" ? ["checkout", "--quiet", "--detach"] : ["checkout", "--quiet", "-b", "feature"]);
        GitScene.Write(workspace.Root, "a.txt", "a\n");

        var report = await Commit(workspace);

        Assert.Equal(report.Commit, await _scene.Git(workspace.Root, "rev-parse", workspace.Branch));
        Assert.Contains("was moved", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_workers_branch_stays_where_HEAD_does_not_hold_its_commits()
    {
        var workspace = await Start();
        GitScene.Write(workspace.Root, "a.txt", "a\n");
        string tip = await _scene.Commit(workspace.Root);
        await _scene.Git(workspace.Root, "checkout", "--quiet", "-b", "other", workspace.Base!);
        GitScene.Write(workspace.Root, "b.txt", "b\n");

        var report = await Commit(workspace);

        Assert.NotNull(report.Commit);
        Assert.Equal(tip, await _scene.Git(workspace.Root, "rev-parse", workspace.Branch));
        Assert.Contains("'other'", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_branch_that_another_worktree_has_checked_out_is_not_moved_from_here()
    {
        var workspace = await Start();
        await _scene.Git(workspace.Root, "symbolic-ref", "HEAD", "refs/heads/main");
        GitScene.Write(workspace.Root, "a.txt", "a\n");

        var report = await Commit(workspace);

        Assert.Equal(workspace.Base, await _scene.Git(workspace.Source, "rev-parse", "main"));
        Assert.Equal("", await _scene.Git(workspace.Source, "status", "--porcelain"));
        Assert.Equal(report.Commit, await _scene.Git(workspace.Root, "rev-parse", workspace.Branch));
        Assert.Contains("'main'", report.Notes[0], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task New_files_where_a_repository_was_made_around_old_ones_are_committed()
    {
        var workspace = await Start(("tracked/a.txt", "1\n"));
        await _scene.Git(workspace.Root, "init", "--quiet", "tracked");
        GitScene.Write(workspace.Root, "tracked/new.txt", "n\n");
        GitScene.Write(workspace.Root, "tracked/a.txt", "2\n");

        var report = await Commit(workspace);

        Assert.Empty(report.Notes);
        Assert.Equal("tracked/a.txt\ntracked/new.txt", await _scene.Git(workspace.Root, "ls-tree", "-r", "--name-only", "HEAD"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_lock_that_a_killed_git_left_behind_does_not_keep_the_work_from_being_committed()
    {
        var workspace = await Start();
        GitScene.Write(workspace.Root, "a.txt", "a\n");
        GitScene.Write(workspace.GitDirectory, "index.lock", "half");

        var report = await Commit(workspace);

        Assert.NotNull(report.Commit);
        Assert.Contains("index.lock", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_outside_of_a_sparse_checkout_is_committed_and_what_is_not_checked_out_stays()
    {
        var workspace = await Start(("in/a.txt", "1\n"), ("out/b.txt", "1\n"));
        await _scene.Git(workspace.Root, "sparse-checkout", "set", "in");
        GitScene.Write(workspace.Root, "elsewhere/c.txt", "c\n");

        await Commit(workspace);

        Assert.Equal("elsewhere/c.txt\nin/a.txt\nout/b.txt", await _scene.Git(workspace.Root, "ls-tree", "-r", "--name-only", "HEAD"));
    }

    [SuppressMessage("Interoperability", "CA1416", Justification = "The scene skips elsewhere.")]
    private static void MakeExecutable(string path) => File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private WorkspaceCommits Commits() => new(_scene.Tool, new WorkspaceSettings { CommitterName = "Robot", CommitterEmail = "robot@example.invalid" });

    private Task<CommitReport> Commit(Workspace workspace, string message = "Work") => Commits().CommitAsync(workspace, message, _scene.Environment, null, Cancellation);

    private async Task<Workspace> Start(params (string, string)[] files) => await _scene.Worktree(await _scene.MakeRepository(files: files));

    /// <summary>Leaves the worktree in the middle of a command that met a conflict in a.txt.</summary>
    private async Task Conflict(Workspace workspace, string command)
    {
        GitScene.Write(workspace.Source, "a.txt", "theirs\n");
        await _scene.Commit(workspace.Source);
        GitScene.Write(workspace.Root, "a.txt", "ours\n");
        await _scene.Commit(workspace.Root);
        Assert.NotEqual(0, (await _scene.TryGit(workspace.Root, command, "main")).ExitCode);
    }
}
