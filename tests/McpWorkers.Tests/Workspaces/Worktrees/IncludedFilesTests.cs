using System.Runtime.Versioning;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Worktrees;

[UnsupportedOSPlatform("windows")]
public sealed class IncludedFilesTests
{
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task Ignored_files_that_the_list_names_are_brought_as_copies()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [(".gitignore", ".env*\nlocal/\n*.log\n"), (".worktreeinclude", ".env*\n!.env.secret\nlocal/\nnotes.txt\n"), ("a.txt", "a")]);
        GitScene.Write(top, ".env", "KEY=1");
        GitScene.Write(top, ".env.secret", "KEY=2");
        GitScene.Write(top, "local/deep/conf", "c");
        GitScene.Write(top, "run.log", "l");
        GitScene.Write(top, "notes.txt", "untracked, and not ignored");
        File.SetUnixFileMode(Path.Combine(top, "local/deep/conf"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var made = await scene.MakeWorktree(top);

        Assert.Equal([".env", "local/deep/conf"], made.Included.Order());
        Assert.Equal(made.Included, scene.Folder.Find(made.Id)!.Included);
        Assert.True(File.GetUnixFileMode(Path.Combine(made.Root, "local/deep/conf")).HasFlag(UnixFileMode.UserExecute));
        Assert.False(File.Exists(Path.Combine(made.Root, ".env.secret")) || File.Exists(Path.Combine(made.Root, "run.log")) || File.Exists(Path.Combine(made.Root, "notes.txt")));
        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));

        // A copy, not another name of the same file.
        await File.WriteAllTextAsync(Path.Combine(made.Root, ".env"), "KEY=9", TestContext.Current.CancellationToken);
        Assert.Equal("KEY=1", await File.ReadAllTextAsync(Path.Combine(top, ".env"), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Limit)]
    public async Task What_the_worktree_has_is_not_overwritten()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [("conf", "tracked")]);
        string first = await scene.Git(top, "rev-parse", "HEAD");
        await scene.Git(top, "rm", "--quiet", "--cached", "conf");
        GitScene.Write(top, ".gitignore", "conf\n");
        GitScene.Write(top, ".worktreeinclude", "conf\n");
        await scene.Commit(top);
        GitScene.Write(top, "conf", "the source's own");

        var made = await scene.MakeWorktree(top, from: first);

        Assert.Equal("tracked", await File.ReadAllTextAsync(Path.Combine(made.Root, "conf"), TestContext.Current.CancellationToken));
        Assert.Empty(made.Included);
    }

    [Fact(Timeout = Limit)]
    public async Task Links_that_lead_out_are_not_brought_and_those_within_are()
    {
        using var scene = new GitScene();
        string outside = GitScene.Write(scene.Root, "outside/secret.txt", "secret");
        string top = await scene.MakeRepository(files: [(".gitignore", "links/\n"), (".worktreeinclude", "links/\n"), ("a.txt", "a")]);
        Directory.CreateDirectory(Path.Combine(top, "links"));
        File.CreateSymbolicLink(Path.Combine(top, "links/within"), "../a.txt");
        File.CreateSymbolicLink(Path.Combine(top, "links/relative-out"), "../../outside/secret.txt");
        File.CreateSymbolicLink(Path.Combine(top, "links/whole-out"), outside);
        File.CreateSymbolicLink(Path.Combine(top, "links/whole-within"), Path.Combine(top, "a.txt"));

        var made = await scene.MakeWorktree(top);

        Assert.Equal(["links/within"], made.Included);
        Assert.Equal("../a.txt", new FileInfo(Path.Combine(made.Root, "links/within")).LinkTarget);
        Assert.Equal(["within"], Directory.EnumerateFileSystemEntries(Path.Combine(made.Root, "links")).Select(Path.GetFileName));
        Assert.Contains("3 files", Assert.Single(made.Notes), StringComparison.Ordinal);
    }

    /// <summary>In the commit that the worktree starts from, a link stands where the source has a directory.</summary>
    [Fact(Timeout = Limit)]
    public async Task Nothing_is_written_through_a_link_in_the_worktree()
    {
        using var scene = new GitScene();
        string outside = Directory.CreateDirectory(Path.Combine(scene.Root, "outside")).FullName;
        string top = await scene.MakeRepository();
        File.CreateSymbolicLink(Path.Combine(top, "conf"), outside);
        string hostile = await scene.Commit(top);
        File.Delete(Path.Combine(top, "conf"));
        GitScene.Write(top, ".gitignore", "conf/\n");
        GitScene.Write(top, ".worktreeinclude", "conf/\n");
        await scene.Commit(top);
        GitScene.Write(top, "conf/x", "x");
        GitScene.Write(top, "conf/deep/y", "y");

        var made = await scene.MakeWorktree(top, from: hostile);

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Empty(made.Included);
        Assert.Contains("2 files", Assert.Single(made.Notes), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task List_that_is_a_link_is_not_followed()
    {
        using var scene = new GitScene();
        string list = GitScene.Write(scene.Root, "outside/list", "*.log\n");
        string top = await scene.MakeRepository(files: [(".gitignore", "*.log\n")]);
        File.CreateSymbolicLink(Path.Combine(top, ".worktreeinclude"), list);
        GitScene.Write(top, "a.log", "a");

        Assert.Empty((await scene.MakeWorktree(top)).Included);
    }

    [Fact(Timeout = Limit)]
    public async Task Names_that_look_like_options_or_lines_are_names()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(files: [(".gitignore", "*.env\n"), (".worktreeinclude", "*.env\n")]);
        GitScene.Write(top, "-x.env", "1");
        GitScene.Write(top, "two\nlines.env", "2");

        var made = await scene.MakeWorktree(top);

        Assert.Equal(["-x.env", "two\nlines.env"], made.Included.Order(StringComparer.Ordinal));
        Assert.Equal("2", await File.ReadAllTextAsync(Path.Combine(made.Root, "two\nlines.env"), TestContext.Current.CancellationToken));
    }
}
