using System.Runtime.Versioning;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Setup;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Setup;

[UnsupportedOSPlatform("windows")]
public sealed class SetupCacheTests : IDisposable
{
    private static readonly SetupSpec Setup = new("make all", ["lock.txt", "missing.txt"], ["out", "deep/made.txt"]);

    private readonly string _root = LinkedPath.Resolve(Directory.CreateTempSubdirectory("mcpworkers-setup-").FullName);

    public SetupCacheTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes and links are those of Unix.");

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private SetupCache Cache => new(Path.Combine(_root, "cache"), TimeProvider.System);

    [Fact(Timeout = 60_000)]
    public async Task Outputs_come_to_the_next_workspace_of_the_same_inputs_and_to_no_other()
    {
        var one = MakeWorkspace("one");
        var key = await SetupKey.ReadAsync(one, Setup, Ended);
        Assert.False(await Cache.TryBringAsync(one, Setup, key, Ended));
        MakeOutputs(one);
        Assert.True(await Cache.KeepAsync(one, Setup, key, Ended));

        var two = MakeWorkspace("two");
        Assert.True(await Cache.TryBringAsync(two, Setup, await SetupKey.ReadAsync(two, Setup, Ended), Ended));
        Assert.Equal("built", await File.ReadAllTextAsync(Path.Combine(two.Root, "out/bin/tool"), Ended));
        Assert.True(File.GetUnixFileMode(Path.Combine(two.Root, "out/bin/tool")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal("bin/tool", new FileInfo(Path.Combine(two.Root, "out/link")).LinkTarget);
        Assert.Equal("made", await File.ReadAllTextAsync(Path.Combine(two.Root, "deep/made.txt"), Ended));
        Assert.Equal(["place"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(two.Root)!).Select(Path.GetFileName));

        var changed = MakeWorkspace("three", lockText: "2");
        Assert.False(await Cache.TryBringAsync(changed, Setup, await SetupKey.ReadAsync(changed, Setup, Ended), Ended));
        var elsewhere = MakeWorkspace("four") with { CommonDirectory = "/other/.git" };
        Assert.NotEqual(key.Repository, (await SetupKey.ReadAsync(elsewhere, Setup, Ended)).Repository);
        Assert.NotEqual(key, await SetupKey.ReadAsync(one, Setup with { Run = "make" }, Ended));
        Assert.NotEqual(key, await SetupKey.ReadAsync(one, Setup with { Inputs = ["lock.txt"] }, Ended));
    }

    [Fact(Timeout = 60_000)]
    public async Task Kept_outputs_are_copies()
    {
        var one = MakeWorkspace("one");
        var key = await SetupKey.ReadAsync(one, Setup, Ended);
        MakeOutputs(one);
        await Cache.KeepAsync(one, Setup, key, Ended);
        await File.WriteAllTextAsync(Path.Combine(one.Root, "out/bin/tool"), "changed by an agent", Ended);
        var two = MakeWorkspace("two");
        await Cache.TryBringAsync(two, Setup, key, Ended);
        await File.WriteAllTextAsync(Path.Combine(two.Root, "out/bin/tool"), "changed too", Ended);
        var three = MakeWorkspace("three");
        await Cache.TryBringAsync(three, Setup, key, Ended);

        Assert.Equal("built", await File.ReadAllTextAsync(Path.Combine(three.Root, "out/bin/tool"), Ended));
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_one_output_is_missing_or_there_already_nothing_is_kept_or_brought()
    {
        var one = MakeWorkspace("one");
        var key = await SetupKey.ReadAsync(one, Setup, Ended);
        GitScene.Write(one.Root, "out/a", "a");
        Assert.False(await Cache.KeepAsync(one, Setup, key, Ended));
        MakeOutputs(one);
        Assert.True(await Cache.KeepAsync(one, Setup, key, Ended));

        var two = MakeWorkspace("two");
        GitScene.Write(two.Root, "deep/made.txt", "the user's own");
        Assert.False(await Cache.TryBringAsync(two, Setup, key, Ended));
        Assert.False(Path.Exists(Path.Combine(two.Root, "out")));
        Assert.Equal("the user's own", await File.ReadAllTextAsync(Path.Combine(two.Root, "deep/made.txt"), Ended));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../x")]
    [InlineData(".git/config")]
    [InlineData("sub/.GIT/config")]
    [InlineData("out-link/x")]
    [InlineData("out-link")]
    [InlineData("")]
    [InlineData(".")]
    public async Task Paths_out_of_the_workspace_are_refused(string path)
    {
        var one = MakeWorkspace("one");
        File.CreateSymbolicLink(Path.Combine(one.Root, "out-link"), _root);

        await Assert.ThrowsAsync<RefusedException>(() => SetupKey.ReadAsync(one, Setup with { Inputs = [path] }, Ended));
        await Assert.ThrowsAsync<RefusedException>(() => SetupKey.ReadAsync(one, Setup with { Outputs = [path] }, Ended));
        await Assert.ThrowsAsync<RefusedException>(() => Cache.KeepAsync(one, Setup with { Outputs = [path] }, new("r", "i"), Ended));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("../../../elsewhere", false)]
    [InlineData("{root}/src", false)]
    [InlineData("/usr/bin/env", true)]
    [InlineData("../lock.txt", true)]
    public async Task Links_are_kept_only_where_they_mean_the_same_elsewhere(string target, bool isKept)
    {
        var one = MakeWorkspace("one");
        var key = await SetupKey.ReadAsync(one, Setup, Ended);
        MakeOutputs(one);
        File.CreateSymbolicLink(Path.Combine(one.Root, "out/further"), target.Replace("{root}", one.Root, StringComparison.Ordinal));

        Assert.Equal(isKept, await Cache.KeepAsync(one, Setup, key, Ended));
        Assert.Equal(isKept, await Cache.TryBringAsync(MakeWorkspace("two"), Setup, key, Ended));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_the_newest_are_kept_and_no_part_of_others_is_left()
    {
        var one = MakeWorkspace("one");
        MakeOutputs(one);
        for (int i = 0; i < SetupCache.EntriesMax + 5; i++)
        {
            Assert.True(await Cache.KeepAsync(one, Setup, new("repository", $"key{i:00}"), Ended));
        }

        var kept = Directory.EnumerateFileSystemEntries(Path.Combine(_root, "cache", "repository")).Select(Path.GetFileName).ToList();
        Assert.Equal(SetupCache.EntriesMax, kept.Count);
        Assert.Contains($"key{SetupCache.EntriesMax + 4:00}", kept);
        Assert.DoesNotContain("key00", kept);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void MakeOutputs(Workspace workspace)
    {
        string tool = GitScene.Write(workspace.Root, "out/bin/tool", "built");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!Path.Exists(Path.Combine(workspace.Root, "out/link")))
        {
            File.CreateSymbolicLink(Path.Combine(workspace.Root, "out/link"), "bin/tool");
        }

        GitScene.Write(workspace.Root, "deep/made.txt", "made");
    }

    private Workspace MakeWorkspace(string id, string lockText = "1")
    {
        string root = Path.Combine(_root, id, "place");
        GitScene.Write(root, "lock.txt", lockText);
        return new()
        {
            Id = id,
            Kind = WorkspaceKind.Worktree,
            State = WorkspaceState.Ready,
            Root = root,
            WorkingDirectory = root,
            GitDirectory = "/repository/.git/worktrees/" + id,
            CommonDirectory = "/repository/.git",
            Source = "/repository",
            Branch = "refs/heads/mcpworkers/" + id,
            OwnerMark = "scene",
            Created = DateTimeOffset.UnixEpoch,
        };
    }
}
