using McpWorkers.Engine.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

/// <summary>The target's own worktree: it follows, and never at the cost of what is not committed there.</summary>
public sealed class CheckedOutTargetTests : MergeScene
{
    [Fact(Timeout = 60_000)]
    public async Task What_is_not_committed_elsewhere_stays_byte_for_byte()
    {
        var workspace = await Worker();
        string top = workspace.Source;
        GitScene.Write(top, "mine.txt", "staged\r\n");
        await Git.Git(top, "add", "mine.txt");
        GitScene.Write(top, "mine.txt", "changed\r\n");
        GitScene.Write(top, "untracked.txt", "u\r\n");
        GitScene.Write(top, "left.txt", "left\r\n");
        File.SetLastWriteTimeUtc(Path.Combine(top, "a.txt"), DateTime.UnixEpoch);
        string before = await Status(top);

        var outcome = await Merge(workspace);

        Assert.Equal("merged", outcome.Status);
        Assert.Equal(before, await Status(top));
        Assert.Equal("changed\r\n", File.ReadAllText(Path.Combine(top, "mine.txt")));
        Assert.Equal("staged\r", await Git.Git(top, "show", ":mine.txt"));
        Assert.Equal("u\r\n", File.ReadAllText(Path.Combine(top, "untracked.txt")));
        Assert.Equal("left\r\n", File.ReadAllText(Path.Combine(top, "left.txt")));
        Assert.Equal("ours\n", File.ReadAllText(Path.Combine(top, "a.txt")));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("changed")]
    [InlineData("staged")]
    [InlineData("staged then put back")]
    [InlineData("deleted")]
    [InlineData("untracked")]
    [InlineData("ignored")]
    [InlineData("file for directory")]
    [InlineData("directory for file")]
    [InlineData("link for directory")]
    public async Task What_would_be_overwritten_is_named_and_nothing_moves(string how)
    {
        var workspace = await Worker();
        string top = workspace.Source;
        string head = await Head(workspace);
        string inTheWay = await PutInTheWay(top, how);
        string status = await Status(top);
        string index = await Git.Git(top, "ls-files", "--stage");

        var outcome = await Merge(workspace);

        Assert.Equal("refused", outcome.Status);
        Assert.Contains(inTheWay, outcome.Files);
        Assert.Contains("Commit, stash or move", outcome.Detail, StringComparison.Ordinal);
        Assert.Equal(head, await Head(workspace));
        Assert.Equal(status, await Status(top));
        Assert.Equal(index, await Git.Git(top, "ls-files", "--stage"));
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task Line_ends_are_as_the_users_settings_want_them()
    {
        Git.Configure("[core]\n\tautocrlf = true\n");
        var workspace = await Worker();
        string top = workspace.Source;
        GitScene.Write(top, "mine.txt", "changed\r\n");

        var outcome = await Merge(workspace);

        Assert.Equal("merged", outcome.Status);
        Assert.Equal(" M mine.txt", await Status(top));
        Assert.Equal("ours\r\n", File.ReadAllText(Path.Combine(top, "a.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sparse_worktree_stays_sparse()
    {
        var workspace = await Worker();
        string top = workspace.Source;
        await Git.Git(top, "sparse-checkout", "set", "elsewhere");

        var outcome = await Merge(workspace, new() { Checks = Checks("cat new/file.txt") });

        Assert.Equal("merged", outcome.Status);
        Assert.Equal("n", Assert.Single(outcome.Checks).Output);
        Assert.Equal("", await Status(top));
        Assert.False(Directory.Exists(Path.Combine(top, "new")));
        Assert.Equal("ours\n", File.ReadAllText(Path.Combine(top, "a.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_linked_worktree_follows_and_the_main_one_is_left_alone()
    {
        var workspace = await Worker();
        string linked = Path.Combine(Git.Root, "linked");
        await Git.Git(workspace.Source, "worktree", "add", "--quiet", "-b", "release", linked, "main");
        GitScene.Write(workspace.Source, "a.txt", "dirty\n");

        var outcome = await Merge(workspace, new() { Into = "release" });

        Assert.Equal("merged", outcome.Status);
        Assert.Equal("", await Status(linked));
        Assert.Equal("ours\n", File.ReadAllText(Path.Combine(linked, "a.txt")));
        Assert.Equal("dirty\n", File.ReadAllText(Path.Combine(workspace.Source, "a.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_branch_that_is_checked_out_nowhere_only_moves()
    {
        var workspace = await Worker();
        await Git.Git(workspace.Source, "branch", "release");

        var outcome = await Merge(workspace, new() { Into = "refs/heads/release" });

        Assert.Equal(("merged", "release"), (outcome.Status, outcome.Target));
        Assert.Equal(outcome.Commit, await Head(workspace, "release"));
        Assert.Equal("1\n", File.ReadAllText(Path.Combine(workspace.Source, "a.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task In_a_bare_repository_only_the_branch_moves()
    {
        string bare = Path.Combine(Git.Root, "bare.git");
        await Git.Git(Git.Root, "clone", "--quiet", "--bare", await Git.MakeRepository(files: [("a.txt", "1\n")]), bare);
        var workspace = await Git.Worktree(bare);
        GitScene.Write(workspace.Root, "a.txt", "ours\n");
        await Git.Commit(workspace.Root);

        var outcome = await Merge(workspace);

        Assert.Equal("merged", outcome.Status);
        Assert.Equal("ours", await Git.Git(bare, "show", "main:a.txt"));
        Assert.False(File.Exists(Path.Combine(bare, "index")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worktree_in_the_middle_of_something_is_left_alone()
    {
        var workspace = await Worker();
        GitScene.Write(workspace.CommonDirectory, "MERGE_HEAD", await Head(workspace) + "\n");

        var outcome = await Merge(workspace);

        Assert.Equal("refused", outcome.Status);
        Assert.Contains("A merge is under way", outcome.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Another_git_command_at_work_is_waited_for_and_then_respected()
    {
        var workspace = await Worker();
        string head = await Head(workspace);
        string held = GitScene.Write(workspace.CommonDirectory, "index.lock", "somebody's");

        var outcome = await Merge(workspace);

        Assert.Equal("refused", outcome.Status);
        Assert.Contains("index.lock", outcome.Detail, StringComparison.Ordinal);
        Assert.Equal(head, await Head(workspace));
        Assert.Equal("somebody's", File.ReadAllText(held));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_branch_that_stays_locked_is_given_up_on_and_its_checks_have_run_no_oftener_than_needed()
    {
        var workspace = await Worker();
        string head = await Head(workspace);
        GitScene.Write(workspace.CommonDirectory, "refs/heads/main.lock", "");
        string runs = Path.Combine(Git.Root, "runs");

        var refused = await Assert.ThrowsAsync<Engine.Model.RefusedException>(() => Merge(workspace, new() { Checks = Checks($"echo ran >>'{runs}'") }));

        Assert.Contains("main.lock", refused.Message, StringComparison.Ordinal);
        Assert.Equal(head, await Head(workspace));
        Assert.Equal("", await Status(workspace.Source));
        Assert.Single(File.ReadAllLines(runs));
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_hook_of_the_repository_runs()
    {
        var workspace = await Worker();
        string witness = Path.Combine(Git.Root, "it-ran");
        foreach (string hook in (string[])["post-merge", "post-checkout", "reference-transaction", "post-index-change", "commit-msg", "post-commit"])
        {
            string path = GitScene.Write(workspace.CommonDirectory, "hooks/" + hook, $"#!/bin/sh\necho {hook} >>'{witness}'\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        Assert.Equal("merged", (await Merge(workspace)).Status);
        Assert.False(File.Exists(witness));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_target_that_moves_meanwhile_is_merged_anew()
    {
        var workspace = await Worker();
        string top = workspace.Source;
        int moves = 0;
        var merger = NewMerger(step =>
        {
            if (step == "locked" && moves++ == 0)
            {
                // Somebody pushes: a commit that this merge has not seen.
                string tree = Git.Git(top, "rev-parse", "main^{tree}").GetAwaiter().GetResult();
                string commit = Git.Git(top, "commit-tree", tree, "-p", "main", "-m", "Pushed").GetAwaiter().GetResult();
                Git.Git(top, "update-ref", "refs/heads/main", commit).GetAwaiter().GetResult();
            }
        });

        var outcome = await merger.MergeAsync(workspace, new(), Git.Environment, Cancellation);

        Assert.Equal("merged", outcome.Status);
        Assert.Equal(2, moves);
        Assert.Contains("Pushed", await Git.Git(top, "log", "--format=%s", "main"), StringComparison.Ordinal);
        Assert.Equal("", await Status(top));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_target_that_keeps_moving_is_given_up_on_and_no_file_has_moved()
    {
        var workspace = await Worker();
        string top = workspace.Source;
        var merger = NewMerger(step =>
        {
            if (step == "locked")
            {
                string tree = Git.Git(top, "rev-parse", "main^{tree}").GetAwaiter().GetResult();
                string commit = Git.Git(top, "commit-tree", tree, "-p", "main", "-m", "Pushed").GetAwaiter().GetResult();
                Git.Git(top, "update-ref", "refs/heads/main", commit).GetAwaiter().GetResult();
            }
        });

        var refused = await Assert.ThrowsAsync<Engine.Model.RefusedException>(() => merger.MergeAsync(workspace, new(), Git.Environment, Cancellation));

        Assert.Contains("kept moving", refused.Message, StringComparison.Ordinal);
        Assert.Equal("", await Status(top));
        NothingLeft(workspace);
    }

    private static string Full(string top, string name) => Path.Combine(top, name);

    /// <returns>What is to be named.</returns>
    private async Task<string> PutInTheWay(string top, string how)
    {
        switch (how)
        {
            case "changed":
                GitScene.Write(top, "a.txt", "mine\n");
                return "a.txt";
            case "staged":
                GitScene.Write(top, "a.txt", "mine\n");
                await Git.Git(top, "add", "a.txt");
                return "a.txt";
            case "staged then put back":
                GitScene.Write(top, "a.txt", "mine\n");
                await Git.Git(top, "add", "a.txt");
                GitScene.Write(top, "a.txt", "1\n");
                return "a.txt";
            case "deleted":
                File.Delete(Full(top, "a.txt"));
                return "a.txt";
            case "untracked":
                GitScene.Write(top, "new/file.txt", "mine\n");
                return "new/file.txt";
            case "ignored":
                GitScene.Write(top, ".git/info/exclude", "new/\n");
                GitScene.Write(top, "new/file.txt", "mine\n");
                return "new/file.txt";
            case "file for directory":
                GitScene.Write(top, "new", "mine\n");
                return "new";
            case "directory for file":
                GitScene.Write(top, ".git/info/exclude", "inner.txt\n");
                GitScene.Write(top, "new/file.txt/inner.txt", "mine\n");
                return "new/file.txt/inner.txt";
            default:
                File.CreateSymbolicLink(Full(top, "new"), Git.Home);
                return "new";
        }
    }

    /// <summary>A worker that changed a.txt and made new/file.txt.</summary>
    private async Task<Workspace> Worker()
    {
        var workspace = await Git.Worktree(await Git.MakeRepository(files: [("a.txt", "1\n"), ("mine.txt", "1\n"), ("left.txt", "1\n")]));
        GitScene.Write(workspace.Root, "a.txt", "ours\n");
        GitScene.Write(workspace.Root, "new/file.txt", "n\n");
        await Git.Commit(workspace.Root);
        return workspace;
    }
}
