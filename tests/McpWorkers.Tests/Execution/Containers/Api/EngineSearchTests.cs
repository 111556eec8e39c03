using System.Net.Sockets;
using McpWorkers.Engine.Execution.Containers.Api;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

public sealed class EngineSearchTests(EngineFixture engines) : IDisposable
{
    private const int Limit = 180_000;
    private readonly string _home = Directory.CreateTempSubdirectory("engine-home-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Who_names_an_engine_is_heard_in_order()
    {
        Dictionary<string, string> all = new() { ["DOCKER_HOST"] = "tcp://d", ["CONTAINER_HOST"] = "unix:///c", ["DOCKER_TLS_VERIFY"] = "1" };
        Assert.Equal(new EnginePlace("containers.engine", "unix:///s", true, new EngineTls("/h/.docker")), Assert.Single(EnginePlaces.Of("unix:///s", all, "/h")));
        Assert.Equal(new EnginePlace("DOCKER_HOST", "tcp://d", true, new EngineTls("/h/.docker")), Assert.Single(EnginePlaces.Of(null, all, "/h")));
        all["DOCKER_HOST"] = "";
        Assert.Equal(new EnginePlace("CONTAINER_HOST", "unix:///c", true), Assert.Single(EnginePlaces.Of("", all, "/h")));
        all["CONTAINER_HOST"] = "";
        all["XDG_RUNTIME_DIR"] = "/run/user/7/";
        var usual = EnginePlaces.Of(null, all, "/h").Select(p => p.Address).ToList();
        Assert.Equal("unix:///var/run/docker.sock", usual[0]);
        Assert.Contains("unix:///run/user/7/podman/podman.sock", usual);
        Assert.Contains("unix:///h/.docker/run/docker.sock", usual);
        Assert.Contains("unix:///run/user/9/docker.sock", EnginePlaces.Of(null, new Dictionary<string, string>(), "/h", "/run/user/9").Select(p => p.Address));
        Assert.DoesNotContain(EnginePlaces.Of(null, new Dictionary<string, string>(), ""), p => p.Address.StartsWith("unix:///.docker", StringComparison.Ordinal));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(EngineFixture.Kinds), MemberType = typeof(EngineFixture))]
    public async Task Engine_that_is_named_is_found(string kind)
    {
        var engine = await engines.GetAsync(kind);
        var search = Search(new() { ["DOCKER_HOST"] = engine.Address });
        var finding = Assert.Single(await search.LookAsync(Cancellation));
        Assert.Equal(("DOCKER_HOST", engine.Address, null), (finding.Source, finding.Address, finding.Fault));
        Assert.Equal(kind, finding.Identity!.Kind.ToString().ToLowerInvariant());
        using var door = new EngineDoor(search);
        var opened = await door.ConnectAsync(Cancellation);
        Assert.Same(opened, await door.ConnectAsync(Cancellation));
        Assert.Equal(engine.Address, opened.Address);
    }

    [Fact(Timeout = Limit)]
    public async Task Engine_at_a_usual_socket_is_found_once_it_is_there()
    {
        var engine = await engines.GetAsync(TestEngine.Podman);
        var search = Search(new() { ["XDG_RUNTIME_DIR"] = _home });
        Directory.CreateDirectory(Path.Combine(_home, "podman"));
        string socket = Path.Combine(_home, "podman", "podman.sock");
        Assert.Null((await search.LookAsync(Cancellation)).Single(f => f.Address == $"unix://{socket}").Identity);
        File.CreateSymbolicLink(socket, engine.Socket);
        Assert.Equal(EngineKind.Podman, (await search.LookAsync(Cancellation)).Single(f => f.Address == $"unix://{socket}").Identity!.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Engine_that_is_named_and_does_not_answer_is_not_replaced_by_another()
    {
        string socket = Path.Combine(_home, "s");
        using var door = new EngineDoor(Search(new() { ["DOCKER_HOST"] = $"unix://{socket}", ["CONTAINER_HOST"] = (await engines.GetAsync(TestEngine.Docker)).Address }));
        await RefusedAsync(door, "DOCKER_HOST", socket, "there is no such socket");
        using (var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            listener.Bind(new UnixDomainSocketEndPoint(socket));
        }

        // Bound once, and nobody listens any more: what a killed engine leaves behind.
        File.Delete(socket);
        File.WriteAllText(socket, "");
        await RefusedAsync(door, "DOCKER_HOST", socket);
        await RefusedAsync(new EngineDoor(Search(new() { ["DOCKER_HOST"] = "ssh://h" })), "DOCKER_HOST", "ssh -L");
        await RefusedAsync(new EngineDoor(Search(new() { ["DOCKER_HOST"] = "tcp://127.0.0.1:1" })), "DOCKER_HOST", "nobody listens there");
        await RefusedAsync(new EngineDoor(Search([], "unix:///nowhere/s")), "containers.engine", "/nowhere/s");
    }

    [Fact(Timeout = Limit)]
    public async Task Without_an_engine_the_remedy_is_told()
    {
        var search = Search([]);
        var findings = await search.LookAsync(Cancellation);
        if (findings.Any(f => f.Identity is not null))
        {
            Assert.Skip("This machine has an engine at a usual socket.");
        }

        Assert.All(findings, f => Assert.Contains("is not there", f.Fault, StringComparison.Ordinal));
        using var door = new EngineDoor(search);
        await RefusedAsync(door, "/var/run/docker.sock", EngineSearch.Remedy);
    }

    private static async Task RefusedAsync(EngineDoor door, params string[] words)
    {
        var fault = await Assert.ThrowsAsync<EngineException>(() => door.ConnectAsync(Cancellation));
        Assert.Equal(EngineFault.Unreachable, fault.Fault);
        Assert.All(words, w => Assert.Contains(w, fault.Message, StringComparison.Ordinal));
    }

    private EngineSearch Search(Dictionary<string, string> environment, string? configured = null) => new(configured, environment, _home, TimeProvider.System);
}
