using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Tests.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Workers.Places;

/// <summary>What a container shows of a directory that is worked in as it is.</summary>
public sealed class PlaceMountsTests : IDisposable
{
    private const int Limit = 60_000;

    private readonly GitScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact(Timeout = Limit)]
    public async Task Git_directory_of_a_repository_and_of_those_within_is_only_read()
    {
        string top = await _scene.MakeRepository();
        await _scene.MakeRepository("project/vendor/inner");
        await _scene.Git(top, "init", "--quiet", "--bare", Path.Combine(top, "far.git"));
        await _scene.MakeRepository("library");
        await _scene.Git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "lib");
        await _scene.MakeRepository("project/node_modules/x");

        var mounts = PlaceMounts.OfDirectory(top);

        Assert.Equal(new ContainerMount(top, top, IsReadOnly: false), mounts[0]);
        Assert.Equal(
            new[] { ".git", "far.git", "lib/.git", "vendor/inner/.git" }.Select(path => new ContainerMount(Path.Combine(top, path), Path.Combine(top, path))),
            mounts.Skip(1).OrderBy(mount => mount.Target, StringComparer.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Directory_below_a_repositorys_top_or_in_none_shows_nothing_of_it()
    {
        string top = await _scene.MakeRepository(files: [("src/a.txt", "a")]);
        string below = Path.Combine(top, "src");

        Assert.Equal([new(below, below, IsReadOnly: false)], PlaceMounts.OfDirectory(below));
    }

    [Fact(Timeout = Limit)]
    public async Task Worktree_and_submodule_have_what_they_share_to_read()
    {
        string top = await _scene.MakeRepository();
        string tree = Path.Combine(_scene.Root, "tree");
        await _scene.Git(top, "worktree", "add", "--quiet", tree);
        await _scene.MakeRepository("library");
        await _scene.Git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "lib");
        string lib = Path.Combine(top, "lib");

        Assert.Equal([tree, Path.Combine(tree, ".git"), Path.Combine(top, ".git")], PlaceMounts.OfDirectory(tree).Select(mount => mount.Source));
        Assert.Equal([lib, Path.Combine(lib, ".git"), Path.Combine(top, ".git/modules/lib")], PlaceMounts.OfDirectory(lib).Select(mount => mount.Source));
        Assert.All(PlaceMounts.OfDirectory(tree).Skip(1), mount => Assert.True(mount.IsReadOnly));
    }

    [Fact(Timeout = Limit)]
    public async Task Files_and_links_that_an_agent_makes_show_nothing_that_is_not_its_own()
    {
        string secret = await _scene.MakeRepository("secret");
        string place = Path.Combine(_scene.Root, "place");
        GitScene.Write(place, "a/.git", $"gitdir: {secret}/.git\n");
        GitScene.Write(place, ".git", $"gitdir: {secret}/.git\n");
        Directory.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(place, "b")).FullName, ".git"), Path.Combine(secret, ".git"));
        Directory.CreateSymbolicLink(Path.Combine(place, "c"), secret);

        Assert.Equal([place, Path.Combine(place, ".git"), Path.Combine(place, "a/.git")], PlaceMounts.OfDirectory(place).Select(mount => mount.Source));

        File.Delete(Path.Combine(place, ".git"));
        Directory.CreateSymbolicLink(Path.Combine(place, ".git"), "/root");
        Assert.Equal([place, Path.Combine(place, "a/.git")], PlaceMounts.OfDirectory(place).Select(mount => mount.Source));
    }

    [Theory(Timeout = Limit)]
    [InlineData("")]
    [InlineData("data/runs")]
    [InlineData("data/workspaces")]
    [InlineData("data/workspaces/term_one")]
    [InlineData("data/workspaces/term_one/inner.git")]
    [InlineData("data/workspaces/term_one/project", true)]
    [InlineData("data/workspaces/term_one/project/src", true)]
    [InlineData("beside", true)]
    public void Directory_of_the_hosts_own_is_refused(string directory, bool isAllowed = false)
    {
        string path = Path.Combine(_scene.Root, directory);
        Directory.CreateDirectory(path);

        var refused = Record.Exception(() => PlaceMounts.Check(path, _scene.Data)) as RefusedException;

        Assert.Equal(isAllowed, refused is null);
        if (refused is not null)
        {
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/proc")]
    [InlineData("/sys/fs")]
    [InlineData("/dev")]
    public void Directory_by_which_one_has_the_machine_is_refused(string directory) =>
        Assert.Contains("the machine", Assert.Throws<RefusedException>(() => PlaceMounts.Check(directory, _scene.Data)).Message, StringComparison.Ordinal);
}
