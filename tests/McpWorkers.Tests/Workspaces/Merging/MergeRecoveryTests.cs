using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Merging;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

/// <summary>A host that is killed in the middle of a merge, and the next one that finds its journal.</summary>
public sealed class MergeRecoveryTests : MergeScene
{
    [Theory(Timeout = 60_000)]
    [InlineData("locked", false)]
    [InlineData("branch", true)]
    [InlineData("files", true)]
    public async Task Nothing_stays_half_done(string killedAt, bool moved)
    {
        var (workspace, head) = await Worker();
        string top = workspace.Source;
        string before = await Head(workspace);
        GitScene.Write(top, "mine.txt", "changed\r\n");
        GitScene.Write(top, "untracked.txt", "u\n");

        await KilledAt(killedAt, workspace, async () =>
        {
            var said = await Recover();

            Assert.Contains(moved ? "was finished" : "before it moved anything", Assert.Single(said), StringComparison.Ordinal);
            Assert.Equal(moved, await Head(workspace) != before);
            Assert.Equal(" M mine.txt\n?? untracked.txt", await Status(top));
            Assert.Equal(moved ? "ours\n" : "1\n", File.ReadAllText(Path.Combine(top, "a.txt")));
            Assert.Equal(moved, File.Exists(Path.Combine(top, "new/file.txt")));
            Assert.Equal(!moved, Directory.Exists(Path.Combine(top, "gone")));
            Assert.Equal("changed\r\n", File.ReadAllText(Path.Combine(top, "mine.txt")));
            Assert.Equal(moved ? head : null, Git.Again(workspace).MergedHead);
            Assert.False(File.Exists(Path.Combine(workspace.CommonDirectory, "index.lock")));
            Assert.Empty(await Recover());
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_that_were_half_written_are_finished_and_work_that_came_after_stays()
    {
        var (workspace, _) = await Worker();
        string top = workspace.Source;

        await KilledAt("branch", workspace, async () =>
        {
            GitScene.Write(top, "a.txt", "ours\n");
            GitScene.Write(top, "big.txt", "ours and m");
            File.Delete(Path.Combine(top, "gone/x"));
            GitScene.Write(top, "new/file.txt", "somebody wrote this meanwhile\n");

            await Recover();

            Assert.Equal(" M new/file.txt", await Status(top));
            Assert.Equal("ours and more\n", File.ReadAllText(Path.Combine(top, "big.txt")));
            Assert.Equal("somebody wrote this meanwhile\n", File.ReadAllText(Path.Combine(top, "new/file.txt")));
            Assert.False(File.Exists(Path.Combine(top, "gone/x")));
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_somebody_took_the_lock_away_and_went_on_nothing_is_done_to_his_files()
    {
        var (workspace, _) = await Worker();
        string top = workspace.Source;

        await KilledAt("branch", workspace, async () =>
        {
            File.Delete(Path.Combine(workspace.CommonDirectory, "index.lock"));
            await Git.Git(top, "commit", "--quiet", "--message", "As it was");

            await Recover();

            Assert.Equal("", await Status(top));
            Assert.Equal("1\n", File.ReadAllText(Path.Combine(top, "a.txt")));
        });
    }

    /// <summary>Git is killed while it writes the files, wherever that meets it; an ended one is met too.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(6)]
    [InlineData(25)]
    public async Task Killed_while_git_writes_the_files_all_of_them_are_finished(int milliseconds)
    {
        string top = await Git.MakeRepository(files: [.. Enumerable.Range(0, 400).Select(n => ($"d{n % 7}/f{n}.txt", $"{n}\n")), ("mine.txt", "1\n")]);
        var workspace = await Git.Worktree(top);
        for (int n = 0; n < 400; n++)
        {
            if (n % 5 == 0)
            {
                File.Delete(Path.Combine(workspace.Root, $"d{n % 7}/f{n}.txt"));
                GitScene.Write(workspace.Root, $"new{n % 3}/f{n}.txt", "new\r\n");
            }
            else
            {
                GitScene.Write(workspace.Root, $"d{n % 7}/f{n}.txt", string.Concat(Enumerable.Repeat($"changed {n}\r\n", 400)));
            }
        }

        await Git.Commit(workspace.Root);
        string old = await Head(workspace);
        GitScene.Write(top, "mine.txt", "changed\r\n");
        GitScene.Write(top, "new0/mine too", "u\n");

        await KilledAt("branch", workspace, async () =>
        {
            string draft = Directory.GetFiles(workspace.CommonDirectory, "index.mcpworkers-*").Single();
            await CommandRunner.RunAsync(
                new CommandSpec
                {
                    Executable = ExecutableFinder.Find("git")!,
                    Arguments = ["read-tree", "-m", "-u", old, "main"],
                    WorkingDirectory = top,
                    Environment = new Dictionary<string, string>(Git.Environment) { ["GIT_INDEX_FILE"] = draft },
                    Timeout = TimeSpan.FromMilliseconds(milliseconds),
                },
                Cancellation);

            await Recover();

            Assert.Equal(" M mine.txt\n?? \"new0/mine too\"", await Status(top));
            Assert.Equal("changed\r\n", File.ReadAllText(Path.Combine(top, "mine.txt")));
            Assert.Equal("u\n", File.ReadAllText(Path.Combine(top, "new0/mine too")));
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worktree_of_checks_is_removed()
    {
        var (workspace, _) = await Worker();
        var folder = new MergeFolder(Git.Folder.Beside("merges"));
        using (folder.Begin("m1"))
        {
            folder.Write(new() { Id = "m1", Workspace = workspace.Id, CommonDirectory = workspace.CommonDirectory, Ref = "refs/heads/main", Head = workspace.Base! });
            await CheckTree.MakeAsync(Git.Tool, workspace.CommonDirectory, folder, "m1", workspace.Base!, Git.Environment, Cancellation);
        }

        await Recover();

        NothingLeft(workspace);
        Assert.Equal("", await Status(workspace.Source));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_merge_of_a_host_that_lives_is_left_alone()
    {
        var folder = new MergeFolder(Git.Folder.Beside("merges"));
        using var held = folder.Begin("m1");

        Assert.Contains("left as it is", Assert.Single(await Recover()), StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder.PathOf("m1")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_the_files_cannot_follow_the_branch_goes_back_and_so_do_they()
    {
        var (workspace, _) = await Worker();
        string top = workspace.Source;
        string before = await Head(workspace);
        var merger = NewMerger(step =>
        {
            if (step == "branch")
            {
                // Just now somebody saves a file that the merge changes.
                GitScene.Write(top, "a.txt", "saved in this very moment\n");
            }
        });

        var outcome = await merger.MergeAsync(workspace, new(), Git.Environment, Cancellation);

        Assert.Equal("refused", outcome.Status);
        Assert.Equal(before, await Head(workspace));
        Assert.Equal(" M a.txt", await Status(top));
        Assert.Equal("saved in this very moment\n", File.ReadAllText(Path.Combine(top, "a.txt")));
        NothingLeft(workspace);
    }

    private Task<IReadOnlyList<string>> Recover() => new MergeRecovery(Git.Tool, Git.Folder).RunAsync(Git.Environment, Cancellation);

    /// <summary>Stops a merge at a step and looks at what the next host would find: nothing of the first one's code runs any more meanwhile.</summary>
    private async Task KilledAt(string killedAt, Workspace workspace, Func<Task> then)
    {
        using var reached = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var merger = NewMerger(step =>
        {
            if (step == killedAt)
            {
                reached.Set();
                end.Wait(TimeSpan.FromSeconds(50), CancellationToken.None);
                throw new IOException("killed");
            }
        });
        var merging = Task.Run(() => merger.MergeAsync(workspace, new(), Git.Environment, Cancellation), Cancellation);
        try
        {
            await LiveProcesses.UntilAsync(() => reached.IsSet, TimeSpan.FromSeconds(20), $"the merge is at '{killedAt}'");

            // The kernel would have let go of it.
            File.Delete(Directory.GetFiles(Git.Folder.Beside("merges"), "held", SearchOption.AllDirectories).Single());
            await then();
        }
        finally
        {
            end.Set();
            await Assert.ThrowsAnyAsync<Exception>(() => merging);
        }
    }

    private async Task<(Workspace, string)> Worker()
    {
        var workspace = await Git.Worktree(await Git.MakeRepository(files: [("a.txt", "1\n"), ("big.txt", "1\n"), ("gone/x", "x\n"), ("mine.txt", "1\n")]));
        GitScene.Write(workspace.Root, "a.txt", "ours\n");
        GitScene.Write(workspace.Root, "big.txt", "ours and more\n");
        GitScene.Write(workspace.Root, "new/file.txt", "n\n");
        File.Delete(Path.Combine(workspace.Root, "gone/x"));
        return (workspace, await Git.Commit(workspace.Root));
    }
}
