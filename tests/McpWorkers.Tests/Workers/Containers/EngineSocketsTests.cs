using McpWorkers.Engine.Workers.Containers;
using Xunit;

namespace McpWorkers.Tests.Workers.Containers;

public sealed class EngineSocketsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sockets-").FullName;
    private readonly string _socket;

    public EngineSocketsTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "run", "engine"));
        _socket = Path.Combine(_root, "run", "engine", "api.sock");
        File.WriteAllText(_socket, "");
        Directory.CreateSymbolicLink(Path.Combine(_root, "linked"), Path.Combine(_root, "run"));
    }

    [Theory]
    [InlineData("run/engine/api.sock", true)]
    [InlineData("run/engine", true)]
    [InlineData("run", true)]
    [InlineData("linked", true)]
    [InlineData("linked/engine", true)]
    [InlineData("run/other", false)]
    [InlineData("beside", false)]
    public void Path_that_holds_a_socket_is_found_also_behind_a_link(string path, bool isFound) =>
        Assert.Equal(isFound ? _socket : null, EngineSockets.In(Path.Combine(_root, path), [_socket, Path.Combine(_root, "absent.sock")]));

    [Fact]
    public void Socket_is_known_by_its_name_wherever_it_stands() =>
        Assert.Equal("/somewhere/docker.sock", EngineSockets.In("/somewhere/docker.sock", []));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
