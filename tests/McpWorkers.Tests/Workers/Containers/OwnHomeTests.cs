using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Workers.Containers;
using Xunit;

namespace McpWorkers.Tests.Workers.Containers;

public sealed class OwnHomeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mcpworkers-home-").FullName;

    private string Home => Path.Combine(_root, "home");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_file_is_mounted_over_an_empty_one_of_our_own()
    {
        string key = Path.Combine(_root, "key.json");
        File.WriteAllText(key, "{}");

        var mount = OwnHome.Place(new(key, "~/.agent/key.json"), Home);

        Assert.Equal(new(key, Path.Combine(Home, ".agent/key.json")), mount);
        Assert.Equal(0, new FileInfo(mount.Target).Length);
        Assert.Equal(mount, OwnHome.Place(new(key, "~/.agent/key.json"), Home));
    }

    [Fact]
    public void A_directory_is_mounted_over_a_directory()
    {
        var mount = OwnHome.Place(new(_root, "~/.cache/models", IsReadOnly: false), Home);

        Assert.Equal(new(_root, Path.Combine(Home, ".cache/models"), IsReadOnly: false), mount);
        Assert.True(Directory.Exists(mount.Target));
    }

    [Fact]
    public void Other_targets_stay_as_they_are() => Assert.Equal(new(_root, "/srv/x"), OwnHome.Place(new(_root, "/srv/x"), Home));

    [Theory]
    [InlineData("~/../elsewhere")]
    [InlineData("~/a/../../elsewhere")]
    public void Nothing_is_made_beyond_the_home(string target)
    {
        Assert.Throws<LaunchException>(() => OwnHome.Place(new(_root, target), Home));
        Assert.False(Path.Exists(Path.Combine(_root, "elsewhere")));
    }

    [Fact]
    public void A_link_that_an_agent_left_is_not_followed()
    {
        Directory.CreateDirectory(Home);
        Directory.CreateSymbolicLink(Path.Combine(Home, ".agent"), _root);

        var refused = Assert.Throws<LaunchException>(() => OwnHome.Place(new(_root, "~/.agent/key"), Home));

        Assert.Contains("is a link", refused.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(Path.Combine(_root, "key")));
    }
}
