using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Git;

/// <summary>A clone whose agent is in a container has its git directory in there: no link that the agent puts into it is followed by the host's git.</summary>
public sealed class UnlinkedRepositoryTests : IDisposable
{
    private const int Limit = 60_000;

    private readonly GitScene _scene = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Theory(Timeout = Limit)]
    [InlineData("index")]
    [InlineData("HEAD")]
    [InlineData("refs")]
    [InlineData("refs/heads/mcpworkers")]
    [InlineData("logs/HEAD")]
    [InlineData("objects")]
    [InlineData("objects/pack")]
    [InlineData("objects/info/alternates", true)]
    [InlineData("")]
    public async Task No_link_is_followed_and_nothing_outside_is_changed(string path, bool isFile = false)
    {
        var clone = await CloneAsync();
        string mine = await _scene.MakeRepository("mine");
        string before = await _scene.Git(mine, "for-each-ref") + await File.ReadAllTextAsync(Path.Combine(mine, ".git/HEAD"), Cancellation);
        byte[] index = await File.ReadAllBytesAsync(Path.Combine(mine, ".git/index"), Cancellation);
        string place = Path.Combine(clone.GitDirectory, path).TrimEnd('/');
        string target = Path.Combine(mine, ".git", path).TrimEnd('/');
        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }

        File.Delete(place);
        if (isFile)
        {
            await File.WriteAllTextAsync(place, mine + "/.git/objects\n", Cancellation);
        }
        else
        {
            File.CreateSymbolicLink(place, target);
        }

        GitScene.Write(clone.Root, "new.txt", "n\n");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => CommitAsync(clone));

        Assert.Contains("no git of the host's is run there", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await _scene.Git(mine, "for-each-ref") + await File.ReadAllTextAsync(Path.Combine(mine, ".git/HEAD"), Cancellation));
        Assert.Equal(index, await File.ReadAllBytesAsync(Path.Combine(mine, ".git/index"), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task As_git_makes_it_it_is_worked_in()
    {
        var clone = await CloneAsync();
        GitScene.Write(clone.Root, "new.txt", "n\n");
        await _scene.Git(clone.Root, "gc", "--quiet");

        Assert.NotNull((await CommitAsync(clone)).Commit);
    }

    private async Task<Workspace> CloneAsync()
    {
        string source = await _scene.MakeRepository();
        const string Id = "term_c10000000000";
        _scene.Folder.Make(Id);
        string root = Path.Combine(_scene.Folder.PathOf(Id), "project");
        await _scene.Git(_scene.Root, "clone", "--quiet", "--depth", "1", "file://" + source, root);
        await _scene.Git(root, "checkout", "--quiet", "-b", "mcpworkers/" + Id);
        return new()
        {
            Id = Id,
            Kind = WorkspaceKind.Clone,
            State = WorkspaceState.Ready,
            Root = root,
            WorkingDirectory = root,
            GitDirectory = Path.Combine(root, ".git"),
            CommonDirectory = Path.Combine(root, ".git"),
            Source = "file://" + source,
            Branch = "refs/heads/mcpworkers/" + Id,
            Base = await _scene.Git(root, "rev-parse", "HEAD"),
            OwnerMark = "test",
            Created = DateTimeOffset.UnixEpoch,
            Container = new()
            {
                WorkerType = "x",
                Agent = "claude",
                Place = new() { Image = "localhost/x:1", Network = "none", IsReadOnlyRoot = true, WorkerId = Id },
            },
        };
    }

    private Task<CommitReport> CommitAsync(Workspace clone) =>
        new WorkspaceCommits(_scene.Tool, new WorkspaceSettings()).CommitAsync(clone, "work", _scene.Environment, hooksDirectory: null, Cancellation);
}
