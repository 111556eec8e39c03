using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Changes;

public sealed class ChangeReaderTests : IDisposable
{
    private const string Many = "one\ntwo\nthree\nfour\nfive\nsix\n";

    private readonly GitScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task Every_kind_of_change_is_told()
    {
        var workspace = await Everything();
        await _scene.Commit(workspace.Root, "All \u001b[31mkinds");

        var changes = await Read(workspace);

        Assert.Equal(
            [
                new("added ä\n\"x\".txt", "added", null, 1, 0),
                new("binary", "modified"),
                new("deleted.txt", "deleted", null, 0, 1),
                new("link", "type_changed", null, 1, 1),
                new("mode.sh", "modified", null, 0, 0),
                new("moved.txt", "renamed", "named.txt", 1, 0),
            ],
            changes.Files);
        Assert.Equal(6, changes.FileCount);
        Assert.Equal(3, changes.Added);
        Assert.Equal(2, changes.Deleted);
        Assert.Equal("All ␛[31mkinds", Assert.Single(changes.Commits).Subject);
        Assert.Equal(workspace.BranchName, changes.Branch);
        Assert.Empty(changes.Uncommitted);
        Assert.False(changes.IsEmpty);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_copy_of_a_changed_file_is_told_as_one()
    {
        var workspace = await _scene.Worktree(await _scene.MakeRepository(files: [("named.txt", Many)]));
        GitScene.Write(workspace.Root, "copy.txt", Many);
        GitScene.Write(workspace.Root, "named.txt", Many + "seven\n");
        await _scene.Commit(workspace.Root);

        var changes = await Read(workspace);

        Assert.Contains(new ChangedFile("copy.txt", "copied", "named.txt", 0, 0), changes.Files);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_committed_counts_and_the_worktree_is_not_touched_by_the_look()
    {
        var workspace = await Everything();
        string before = await _scene.Git(workspace.Root, "status", "--porcelain");

        var changes = await Read(workspace);

        Assert.Equal(6, changes.FileCount);
        Assert.Contains("added ä\n\"x\".txt", changes.Uncommitted);
        Assert.Equal(workspace.Base, changes.Head);
        Assert.False(changes.IsEmpty);
        Assert.Equal(before, await _scene.Git(workspace.Root, "status", "--porcelain"));
        Assert.DoesNotContain(Directory.GetFiles(workspace.GitDirectory), path => Path.GetFileName(path).StartsWith("index.", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unchanged_workspace_is_empty()
    {
        var changes = await Read(await _scene.Worktree(await _scene.MakeRepository()));

        Assert.True(changes.IsEmpty);
    }

    [Fact(Timeout = 60_000)]
    public async Task Repositories_within_are_named_whether_or_not_git_sees_them()
    {
        var workspace = await _scene.Worktree(await _scene.MakeRepository(files: [("tracked/a.txt", "a\n")]));
        await _scene.Git(workspace.Root, "init", "--quiet", "nested/deep");
        await _scene.Git(workspace.Root, "init", "--quiet", "tracked");
        await _scene.Git(workspace.Root, "init", "--quiet", "added");
        GitScene.Write(workspace.Root, "added/x", "x\n");
        await _scene.Commit(Path.Combine(workspace.Root, "added"));
        await _scene.Git(workspace.Root, "add", "added");

        var changes = await Read(workspace);

        Assert.Equal(["added", "nested/deep", "tracked"], changes.NestedRepositories);
        Assert.False(changes.IsEmpty);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_patch_makes_the_same_tree_committed_or_not(bool committed)
    {
        _scene.Configure("[diff]\n\tnoprefix = true\n\texternal = false\n[color]\n\tui = always\n");
        var workspace = await Everything();
        await _scene.Git(workspace.Root, "add", "--all");
        string wanted = await _scene.Git(workspace.Root, "write-tree");
        if (committed)
        {
            await _scene.Commit(workspace.Root);
        }

        string patch = Path.Combine(_scene.Root, "work.patch");
        await using (var file = File.Create(patch))
        {
            await new ChangeReader(_scene.Tool).WritePatchAsync(workspace, file, _scene.Environment, Cancellation);
        }

        string other = Path.Combine(_scene.Root, "other");
        await _scene.Git(workspace.Source, "worktree", "add", "--quiet", "--detach", other, workspace.Base!);
        await _scene.Git(other, "apply", "--index", patch);
        Assert.Equal(wanted, await _scene.Git(other, "write-tree"));
        Assert.Contains("rename from named.txt", File.ReadAllText(patch), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_program_that_the_repository_names_runs_for_a_diff()
    {
        var workspace = await _scene.Worktree(await _scene.MakeRepository(files: [("a.txt", "1\n"), (".gitattributes", "*.txt diff=mine\n")]));
        string witness = Path.Combine(_scene.Root, "it-ran");
        foreach (string key in (string[])["diff.external", "diff.mine.command", "diff.mine.textconv", "core.pager"])
        {
            await _scene.Git(workspace.Root, "config", key, $"touch '{witness}'; cat");
        }

        GitScene.Write(workspace.Root, "a.txt", "2\n");
        using var patch = new MemoryStream();
        await new ChangeReader(_scene.Tool).WritePatchAsync(workspace, patch, _scene.Environment, Cancellation);
        await Read(workspace);

        Assert.Contains("+2\n", System.Text.Encoding.UTF8.GetString(patch.ToArray()), StringComparison.Ordinal);
        Assert.False(File.Exists(witness));
    }

    private Task<WorkspaceChanges> Read(Workspace workspace) => new ChangeReader(_scene.Tool).ReadAsync(workspace, _scene.Environment, Cancellation);

    /// <summary>A worktree in which there is one change of each kind, none of it committed.</summary>
    private async Task<Workspace> Everything()
    {
        string top = await _scene.MakeRepository(files: [("named.txt", Many), ("deleted.txt", "d\n"), ("mode.sh", "#!/bin/sh\n"), ("link", "was a file\n"), ("binary", "\0\u0001\0")]);
        var workspace = await _scene.Worktree(top);
        File.Move(Path.Combine(workspace.Root, "named.txt"), GitScene.Write(workspace.Root, "moved.txt", ""), overwrite: true);
        File.AppendAllText(Path.Combine(workspace.Root, "moved.txt"), "seven\n");
        File.Delete(Path.Combine(workspace.Root, "deleted.txt"));
        File.Delete(Path.Combine(workspace.Root, "link"));
        File.CreateSymbolicLink(Path.Combine(workspace.Root, "link"), "moved.txt");
        File.WriteAllBytes(Path.Combine(workspace.Root, "binary"), [0, 2, 0, 255, 13, 10]);
        GitScene.Write(workspace.Root, "added ä\n\"x\".txt", "a\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(workspace.Root, "mode.sh"), File.GetUnixFileMode(Path.Combine(workspace.Root, "mode.sh")) | UnixFileMode.UserExecute);
        }

        return workspace;
    }
}
