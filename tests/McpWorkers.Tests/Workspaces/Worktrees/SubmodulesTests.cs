using System.Runtime.Versioning;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Worktrees;

[UnsupportedOSPlatform("windows")]
public sealed class SubmodulesTests
{
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task Submodules_are_filled_from_the_source_at_the_recorded_commit_and_keep_their_address()
    {
        using var scene = new GitScene();
        string top = await MakeParent(scene);
        string recorded = await scene.Git(top, "rev-parse", "HEAD:libs/inner");

        // What the source's own submodule has since is not what the commit says.
        GitScene.Write(Path.Combine(top, "libs/inner"), "later.txt", "later");
        await scene.Commit(Path.Combine(top, "libs/inner"));
        var made = await scene.MakeWorktree(top);

        string inner = Path.Combine(made.Root, "libs/inner");
        Assert.Equal(recorded, await scene.Git(inner, "rev-parse", "HEAD"));
        Assert.Equal("", await scene.Git(inner, "status", "--porcelain"));
        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));
        Assert.Equal(Path.Combine(scene.Root, "inner"), await scene.Git(inner, "config", "remote.origin.url"));
        Assert.Equal("deep\n", await File.ReadAllTextAsync(Path.Combine(inner, "deep/readme.txt"), TestContext.Current.CancellationToken));
        Assert.StartsWith(made.GitDirectory, await scene.Git(inner, "rev-parse", "--absolute-git-dir"), StringComparison.Ordinal);
        Assert.Equal(inner, await scene.Git(inner, "rev-parse", "--show-toplevel"));
        Assert.StartsWith(" ", await scene.Git(made.Root, "submodule", "status", "--recursive"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Submodules_of_a_linked_worktree_are_filled_too()
    {
        using var scene = new GitScene();
        string top = await MakeParent(scene);
        string linked = Path.Combine(scene.Root, "linked");
        await scene.Git(top, "worktree", "add", "--quiet", "-b", "side", linked);
        await scene.Git(linked, "-c", "protocol.file.allow=always", "submodule", "update", "--quiet", "--init", "--recursive");

        var made = await scene.MakeWorktree(linked);

        Assert.True(File.Exists(Path.Combine(made.Root, "libs/inner/deep/readme.txt")));
        Assert.Empty(made.Notes);
    }

    [Fact(Timeout = Limit)]
    public async Task Submodule_that_the_source_has_not_stays_empty_with_a_note()
    {
        using var scene = new GitScene();
        string top = await MakeParent(scene);
        string other = Path.Combine(scene.Root, "other");
        await scene.Git(scene.Root, "clone", "--quiet", top, other);

        var made = await scene.MakeWorktree(other);

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(made.Root, "libs/inner")));
        Assert.Contains("libs/inner", Assert.Single(made.Notes), StringComparison.Ordinal);
    }

    /// <summary>The names in <c>.gitmodules</c> and the pointers of submodules are what the repository's author wrote.</summary>
    [Theory(Timeout = Limit)]
    [InlineData("name")]
    [InlineData("pointer")]
    public async Task Submodule_is_never_filled_from_outside_the_source(string way)
    {
        using var scene = new GitScene();
        string secret = await scene.MakeRepository("secret", ("secret.txt", "secret"));
        string top = await MakeParent(scene);
        string commit = await scene.Git(secret, "rev-parse", "HEAD");
        await scene.Git(top, "update-index", "--cacheinfo", $"160000,{commit},libs/inner");
        if (way == "name")
        {
            Directory.CreateDirectory(Path.Combine(top, ".git/modules"));
            GitScene.Write(top, ".gitmodules", "[submodule \"../../../secret/.git\"]\n\tpath = libs/inner\n\turl = ../x\n");
            Directory.Delete(Path.Combine(top, "libs/inner"), recursive: true);
        }
        else
        {
            Directory.Delete(Path.Combine(top, ".git/modules"), recursive: true);
            GitScene.Write(top, "libs/inner/.git", $"gitdir: {Path.Combine(secret, ".git")}\n");
        }

        await scene.Git(top, "add", ".gitmodules");
        await scene.Git(top, "commit", "--quiet", "--message", "hostile");
        var made = await scene.MakeWorktree(top);

        Assert.False(File.Exists(Path.Combine(made.Root, "libs/inner/secret.txt")));
        Assert.Contains(made.Notes, note => note.Contains("libs/inner", StringComparison.Ordinal));
    }

    /// <summary>Git, asked for the state of a worktree, runs git in each submodule: what stands in the configuration there must not run.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Programs_that_a_submodules_configuration_names_are_not_run(bool bring)
    {
        using var scene = new GitScene();
        string top = await MakeParent(scene);
        string inner = Path.Combine(top, "libs/inner");
        string ran = Path.Combine(scene.Root, "ran");
        string program = GitScene.Write(scene.Root, "program", $"#!/bin/sh\ntouch '{ran}'\ncat\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (string key in new[] { "core.fsmonitor", "core.sshCommand", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "uploadpack.packObjectsHook" })
        {
            await scene.Git(inner, "config", key, program);
        }

        GitScene.Write(top, ".git/modules/libs/inner/info/attributes", "* filter=evil\n");
        GitScene.Write(inner, "readme.txt", "changed\n");
        GitScene.Write(top, "readme.txt", "changed\n");

        var made = await scene.MakeWorktree(top, bring: bring);

        Assert.False(File.Exists(ran), "a program that the submodule names was run");
        Assert.Equal("inner\n", await File.ReadAllTextAsync(Path.Combine(made.Root, "libs/inner/readme.txt"), TestContext.Current.CancellationToken));

        // The user's own git runs it: so there was something to be run.
        await scene.TryGit(top, "status");
        Assert.True(File.Exists(ran));
    }

    /// <returns>A repository with a submodule at <c>libs/inner</c>, which has one at <c>deep</c>.</returns>
    private static async Task<string> MakeParent(GitScene scene)
    {
        string deep = await scene.MakeRepository("deep", ("readme.txt", "deep\n"));
        string inner = await scene.MakeRepository("inner", ("readme.txt", "inner\n"));
        await scene.Git(inner, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", deep, "deep");
        await scene.Commit(inner);
        string top = await scene.MakeRepository();
        await scene.Git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "libs/inner");
        await scene.Git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive");
        await scene.Commit(top);
        return top;
    }
}
