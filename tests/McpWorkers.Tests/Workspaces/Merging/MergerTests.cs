using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Merging;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

public sealed class MergerTests : MergeScene
{
    [Fact(Timeout = 60_000)]
    public async Task A_clean_merge_moves_the_branch_and_the_files_that_are_checked_out()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n"), ("gone.txt", "g\n"), ("dir/x", "x\n")]);
        var workspace = await Git.Worktree(top);
        const string Odd = "new dir/ä \"q\"\n'n'.txt";
        GitScene.Write(workspace.Root, Odd, "n\n");
        File.Delete(Path.Combine(workspace.Root, "gone.txt"));
        File.Delete(Path.Combine(workspace.Root, "dir/x"));
        string head = await Git.Commit(workspace.Root);
        GitScene.Write(top, "main.txt", "m\n");
        string before = await Git.Commit(top);

        var outcome = await Merge(workspace);

        Assert.Equal(("merged", "main", ""), (outcome.Status, outcome.Target, outcome.Detail));
        Assert.Equal(outcome.Commit, await Head(workspace));
        Assert.Equal($"{before} {head}", await Git.Git(top, "log", "-1", "--format=%P"));
        Assert.Equal("Merge mcpworkers/term_one into main|Scene User", await Git.Git(top, "log", "-1", "--format=%s|%cn"));
        Assert.Equal("", await Status(top));
        Assert.Equal("n\n", File.ReadAllText(Path.Combine(top, Odd)));
        Assert.False(File.Exists(Path.Combine(top, "gone.txt")));
        Assert.False(Directory.Exists(Path.Combine(top, "dir")));
        Assert.Equal(head, Git.Again(workspace).MergedHead);
        Assert.Contains("merge term_one", await Git.Git(top, "reflog", "-1", "main"), StringComparison.Ordinal);
        Assert.Contains("merge term_one", await Git.Git(top, "reflog", "-1", "HEAD"), StringComparison.Ordinal);
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task Merged_again_there_is_nothing_to_merge()
    {
        var workspace = await Worker(("a.txt", "1\n"), ("b.txt", "b\n"));

        Assert.Equal("merged", (await Merge(workspace)).Status);
        string head = await Head(workspace);

        Assert.Equal("nothing_to_merge", (await Merge(workspace)).Status);
        Assert.Equal(head, await Head(workspace));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_committed_nothing_brings_nothing_of_another_branch()
    {
        string top = await Git.MakeRepository();
        await Git.Git(top, "checkout", "--quiet", "-b", "other");
        GitScene.Write(top, "other.txt", "o\n");
        await Git.Commit(top);
        await Git.Git(top, "checkout", "--quiet", "main");
        var workspace = await Git.Worktree(top, from: "other");

        Assert.Equal("nothing_to_merge", (await Merge(workspace)).Status);
        Assert.False(File.Exists(Path.Combine(top, "other.txt")));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("text")]
    [InlineData("binary")]
    [InlineData("rename")]
    [InlineData("delete")]
    [InlineData("hostile")]
    public async Task In_a_conflict_nothing_moves_and_the_files_are_named(string kind)
    {
        string attributes = kind == "hostile" ? "*.txt merge=mine\n" : "";
        string top = await Git.MakeRepository(files: [("a.txt", "1\n2\n3\n"), ("bin", "\0\u0001"), (".gitattributes", attributes)]);
        var workspace = await Git.Worktree(top);
        string witness = Path.Combine(Git.Root, "it-ran");
        await Git.Git(top, "config", "merge.mine.driver", $"touch '{witness}'; true");
        Change(workspace.Root, kind, "ours");
        await Git.Commit(workspace.Root);
        Change(top, kind, "theirs");
        string head = await Git.Commit(top);

        var outcome = await Merge(workspace);

        Assert.Equal("conflict", outcome.Status);
        Assert.Contains(kind == "binary" ? "bin" : "a.txt", outcome.Files);
        Assert.Null(outcome.Commit);
        Assert.NotEqual("", outcome.Detail);
        Assert.Equal(head, await Head(workspace));
        Assert.Equal("", await Status(top));
        Assert.Null(Git.Again(workspace).MergedHead);
        Assert.False(File.Exists(witness));
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_worker_wrote_into_gitattributes_does_not_decide_how_its_work_is_merged()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n")]);
        var workspace = await Git.Worktree(top);
        GitScene.Write(workspace.Root, ".gitattributes", "* merge=union\n");
        Change(workspace.Root, "text", "ours");
        await Git.Commit(workspace.Root);
        Change(top, "text", "theirs");
        await Git.Commit(top);

        Assert.Equal(["a.txt"], (await Merge(workspace)).Files);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_attributes_of_the_target_decide()
    {
        string top = await Git.MakeRepository(files: [("log/a.txt", "1\n"), ("log/.gitattributes", "*.txt merge=union\n")]);
        var workspace = await Git.Worktree(top);
        GitScene.Write(workspace.Root, "log/a.txt", "1\nours\n");
        await Git.Commit(workspace.Root);
        GitScene.Write(top, "log/a.txt", "1\ntheirs\n");
        await Git.Commit(top);

        Assert.Equal("merged", (await Merge(workspace)).Status);
        Assert.Equal("1\ntheirs\nours\n", File.ReadAllText(Path.Combine(top, "log/a.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_a_mode_changed()
    {
        string top = await Git.MakeRepository(files: [("run.sh", "#!/bin/sh\n")]);
        var workspace = await Git.Worktree(top);
        await Git.Git(workspace.Root, "update-index", "--chmod=+x", "run.sh");
        await Git.Git(workspace.Root, "commit", "--quiet", "-m", "Mode");
        await Git.Git(workspace.Root, "checkout", "--", "run.sh");

        Assert.Equal("merged", (await Merge(workspace)).Status);
        Assert.Equal("", await Status(top));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(top, "run.sh")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact(Timeout = 60_000)]
    public async Task Squashed_it_is_one_commit_and_later_work_of_the_same_worker_merges_on()
    {
        var workspace = await Worker(("a.txt", "1\n"), ("a.txt", "2\n"));
        GitScene.Write(workspace.Root, "b.txt", "b\n");
        await Git.Commit(workspace.Root);
        var request = new MergeRequest { Squash = true, Message = "One thing" };

        var outcome = await Merge(workspace, request);
        var again = await Merge(workspace, request);
        GitScene.Write(workspace.Root, "a.txt", "3\n");
        await Git.Commit(workspace.Root);
        var later = await Merge(workspace, request);

        Assert.Equal(("merged", "nothing_to_merge", "merged"), (outcome.Status, again.Status, later.Status));
        Assert.Equal("One thing\nOne thing\nFirst", await Git.Git(workspace.Source, "log", "--format=%s", "main"));
        Assert.Equal("3\n", File.ReadAllText(Path.Combine(workspace.Source, "a.txt")));
        Assert.Equal("", await Status(workspace.Source));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_submodules_pointer_is_merged_and_it_is_said_where_its_commits_are()
    {
        string library = await Git.MakeRepository("library");
        string top = await Git.MakeRepository();
        await Git.Git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
        await Git.Commit(top);
        var workspace = await Git.Worktree(top);
        await Git.Git(workspace.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
        GitScene.Write(workspace.Root, "lib/more.txt", "m\n");
        string inner = await Git.Commit(Path.Combine(workspace.Root, "lib"));
        await Git.Commit(workspace.Root);

        var outcome = await Merge(workspace);

        Assert.Equal("merged", outcome.Status);
        Assert.Contains("'lib'", outcome.Detail, StringComparison.Ordinal);
        Assert.Contains(inner, await Git.Git(top, "ls-tree", "main", "lib"), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Uncommitted_work_of_the_worker_is_not_left_behind_silently()
    {
        var workspace = await Worker(("a.txt", "1\n"), ("b.txt", "b\n"));
        GitScene.Write(workspace.Root, "late.txt", "l\n");
        string head = await Head(workspace);

        var outcome = await Merge(workspace);

        Assert.Equal("refused", outcome.Status);
        Assert.Equal(["late.txt"], outcome.Files);
        Assert.Equal(head, await Head(workspace));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("nowhere", "There is no branch 'nowhere'")]
    [InlineData("--force", "cannot be the name")]
    [InlineData("a..b", "cannot be the name")]
    [InlineData("x\u001b[31m", "cannot be the name")]
    [InlineData("mcpworkers/term_one", "itself")]
    public async Task A_target_that_cannot_be_is_refused(string into, string why)
    {
        var workspace = await Worker(("a.txt", "1\n"), ("b.txt", "b\n"));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Merge(workspace, new() { Into = into }));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        NothingLeft(workspace);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_target_one_is_asked_for()
    {
        var workspace = await Git.Worktree(await Git.MakeRepository(), target: null);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Merge(workspace));

        Assert.Contains("Name one", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_clones_work_is_not_merged_into_another_repository_and_the_way_is_said()
    {
        var workspace = await Worker(("a.txt", "1\n"), ("b.txt", "b\n"));
        Git.Folder.Write(workspace with { Kind = WorkspaceKind.Clone });

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Merge(workspace));

        Assert.Contains("workers diff term_one --patch", refused.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_unborn_branch_begins_with_the_workers_work(bool squash)
    {
        string top = Path.Combine(Git.Root, "empty");
        await Git.Git(Git.Root, "init", "--quiet", "--initial-branch=main", top);
        string empty = await Git.Git(top, "commit-tree", await Git.Git(top, "mktree"), "-m", "Empty");
        var workspace = await Git.Worktree(top, from: empty);
        GitScene.Write(workspace.Root, "a.txt", "a\n");
        string head = await Git.Commit(workspace.Root);
        GitScene.Write(top, "mine.txt", "mine\n");

        var outcome = await Merge(workspace, new() { Squash = squash });

        Assert.Equal("merged", outcome.Status);
        Assert.Equal(outcome.Commit, await Head(workspace));
        Assert.Equal(squash, head != outcome.Commit);
        Assert.Equal("?? mine.txt", await Status(top));
        Assert.Equal("a\n", File.ReadAllText(Path.Combine(top, "a.txt")));
    }

    private static void Change(string root, string kind, string side)
    {
        switch (kind)
        {
            case "binary":
                File.WriteAllBytes(Path.Combine(root, "bin"), [0, (byte)side.Length, 0]);
                break;
            case "rename":
                File.Move(Path.Combine(root, "a.txt"), Path.Combine(root, side + ".txt"));
                break;
            case "delete" when side == "ours":
                File.Delete(Path.Combine(root, "a.txt"));
                break;
            default:
                GitScene.Write(root, "a.txt", side + "\n");
                break;
        }
    }

    private async Task<Workspace> Worker((string, string) there, (string Path, string Text) change)
    {
        var workspace = await Git.Worktree(await Git.MakeRepository(files: [there]));
        GitScene.Write(workspace.Root, change.Path, change.Text);
        await Git.Commit(workspace.Root);
        return workspace;
    }
}
