using System.Runtime.Versioning;
using McpWorkers.Daemon;
using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Daemon;

[UnsupportedOSPlatform("windows")]
public sealed class SocketPlaceTests : IDisposable
{
    private readonly DirectoryInfo _root = new(Path.Combine("/tmp", "sp" + Guid.NewGuid().ToString("N")[..8]));

    public SocketPlaceTests() => _root.Create();

    private string Runtime => Path.Combine(_root.FullName, "run");

    [Fact]
    public void Runtime_directory_comes_first_in_a_private_folder()
    {
        Directory.CreateDirectory(Runtime);

        var place = SocketPlace.Choose(DataDirectory.PathsOf("/a/data/directory"), Runtime, "/tmp");

        Assert.Matches("/run/mcpworkers/[0-9a-f]{16}\\.sock$", place.Path);
        Assert.Null(place.OwnFolder);
        AssertPrivate(Path.GetDirectoryName(place.Path)!);
    }

    [Fact]
    public void Two_data_directories_have_two_sockets_and_one_has_always_the_same()
    {
        Directory.CreateDirectory(Runtime);

        Assert.NotEqual(PathFor("/a"), PathFor("/b"));
        Assert.Equal(PathFor("/a"), PathFor("/a/../a"));

        string PathFor(string data) => SocketPlace.Choose(DataDirectory.PathsOf(data), Runtime, "/tmp").Path;
    }

    [Fact]
    public void Folder_that_others_may_enter_is_made_private()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Runtime, "mcpworkers")).FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)511);

        SocketPlace.Choose(DataDirectory.PathsOf("/a"), Runtime, "/tmp");

        AssertPrivate(folder);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("relative")]
    [InlineData("/nowhere/at/all")]
    public void Without_a_runtime_directory_the_data_directory_has_it(string? runtime) =>
        Assert.Equal("/home/u/data/daemon.sock", SocketPlace.Choose(DataDirectory.PathsOf("/home/u/data"), runtime, "/tmp").Path);

    [Fact]
    public void Too_long_a_path_gets_a_new_private_folder_among_the_temporary_files()
    {
        var data = DataDirectory.PathsOf("/" + new string('d', 120));
        string longRuntime = Directory.CreateDirectory(Path.Combine(_root.FullName, new string('r', 90))).FullName;

        var place = SocketPlace.Choose(data, longRuntime, _root.FullName);

        Assert.True(SocketPlace.Fits(place.Path));
        Assert.Equal(_root.FullName, Path.GetDirectoryName(place.OwnFolder));
        AssertPrivate(place.OwnFolder!);
        Assert.NotEqual(place.Path, SocketPlace.Choose(data, null, _root.FullName).Path);
        File.WriteAllText(place.Path, "");
        place.Remove();
        Assert.False(Directory.Exists(place.OwnFolder));
    }

    [Fact]
    public void Bytes_count_and_not_characters()
    {
        string path = "/" + new string('x', SocketPlace.PathBytesMax - 2);

        Assert.True(SocketPlace.Fits(path));
        Assert.False(SocketPlace.Fits(path + "x"));
        Assert.False(SocketPlace.Fits(path[..^1] + "é"));
    }

    [Fact]
    public void A_temporary_directory_that_is_too_long_too_is_passed_over()
    {
        string longOne = Directory.CreateDirectory(Path.Combine(_root.FullName, new string('t', 100))).FullName;

        var place = SocketPlace.Choose(DataDirectory.PathsOf("/" + new string('d', 120)), null, longOne);

        Assert.StartsWith("/tmp/mcpworkers-", place.Path, StringComparison.Ordinal);
        place.Remove();
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static void AssertPrivate(string folder) => Assert.Equal((UnixFileMode)448, File.GetUnixFileMode(folder));
}
