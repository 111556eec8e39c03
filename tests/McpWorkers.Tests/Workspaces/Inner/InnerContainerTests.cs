using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.Execution.Launching;
using McpWorkers.Tests.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>A worktree in real containers: git works in there from prompt to prompt, and the repository itself cannot be written.</summary>
public sealed class InnerContainerTests(EngineFixture engines) : IDisposable
{
    private const int Limit = 240_000;

    private readonly InnerScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Agents_commit_inside_and_the_sources_git_directory_is_out_of_reach(string kind)
    {
        await using var containers = await LaunchScene.OnAsync(kind, engines);
        await _scene.MakeAsync(("readme.txt", "hello\n"));
        string git = Path.Combine(_scene.Source, ".git");
        string record = Path.Combine(_scene.Git.Folder.PathOf(_scene.Workspace.Id), "workspace.json");
        string own = Path.Combine(_scene.Workspace.Root, ".git");
        string[] attempts =
        [
            $"echo x >'{own}'", $"rm -f '{own}'", $"mv '{own}' '{own}2'", $"touch '{git}/objects/x'", $"cat '{git}/config'", $"cat '{record}'",
            $"ls '{git}/worktrees'", $"ls '{_scene.Git.Home}'",
        ];

        // Where the way to a mount leads through the container's own /tmp, something can be written, and is not outside; elsewhere nothing can.
        string elsewhere = $"(mkdir -p '{git}/hooks'; touch '{git}/hooks/post-commit' '{_scene.Place.State}') 2>/dev/null; ";

        var first = await RunAsync(
            containers,
            elsewhere + "git status --porcelain; echo 1 >a; git add a; git commit -qm one; git gc -q; git log --format=%s; echo left >left; "
            + string.Join("; ", attempts.Select((attempt, i) => $"({attempt}) >/dev/null 2>&1 && echo escaped {i}")));
        Assert.Empty(await _scene.BringBack());
        await _scene.Commit();
        await _scene.Prepare();
        var second = await RunAsync(containers, "git status --porcelain; git log --format=%s; git commit -q --allow-empty -m two");
        Assert.Empty(await _scene.BringBack());

        Assert.Equal(["one", "First"], first);
        Assert.False(File.Exists(Path.Combine(git, "hooks", "post-commit")));
        Assert.Equal(["the host's", "one", "First"], second);
        Assert.Equal("two\nthe host's\none\nFirst", await _scene.Outside("log", "--format=%s"));
        Assert.Equal("", await _scene.Outside("status", "--porcelain"));
        await _scene.Sound();
    }

    private async Task<IReadOnlyList<string>> RunAsync(LaunchScene containers, string script)
    {
        var launch = containers.Script(script);
        var lines = new LineCollector();
        var end = await containers.RunAsync(
            launch with
            {
                WorkingDirectory = _scene.Workspace.Root,
                Container = launch.Container! with { Image = EngineFixture.Debian, Mounts = await _scene.Prepare() },
            },
            lines);
        Assert.Equal("", end.StderrTail);
        return lines.Lines;
    }
}
