using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

/// <summary>What an engine is asked for when a container is made, and what is taken back.</summary>
public sealed class EngineCreationTests
{
    private const int Limit = 60_000;

    internal static ContainerCreation Creation { get; } = new()
    {
        Image = "a:1",
        Command = ["true"],
        WorkingDirectory = "/",
        Environment = new Dictionary<string, string> { ["A"] = "b=c" },
        Labels = new Dictionary<string, string>(),
        User = "1:1",
        Network = "none",
        IsReadOnlyRoot = true,
        DropCapabilities = ["ALL"],
        Mounts = [],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task Container_is_asked_for_with_its_wall()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(201, """{"Id":"abc","Warnings":["Your kernel does not support swap limit capabilities. Memory limited without swap."]}""")));
        using var engine = Open(fake);
        Assert.Equal("abc", await engine.CreateAsync("name", Creation with
        {
            Command = ["sh", "-c", "x"],
            KeepsUserId = true,
            Mounts = [new ContainerMount("/a", "/b")],
            Limits = new() { MemoryBytes = 64 << 20, Cpus = 1.5, Processes = 50, DiskBytes = 1000 },
        }, Cancellation));
        var asked = JsonNode.Parse(fake.Requests.Last().Body)!;
        Assert.Equal("/containers/create?name=name", fake.Requests.Last().Path);
        Assert.Equal("""["sh"]""", asked["Entrypoint"]!.ToJsonString());
        Assert.Equal("""["-c","x"]""", asked["Cmd"]!.ToJsonString());
        Assert.Equal("""{"Test":["NONE"]}""", asked["Healthcheck"]!.ToJsonString());
        Assert.Equal(
            """{"Init":true,"AutoRemove":false,"Privileged":false,"NetworkMode":"none","ReadonlyRootfs":true,"CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],"Mounts":"""
            + """[{"Type":"bind","Source":"/a","Target":"/b","ReadOnly":true,"BindOptions":{"Propagation":"rprivate"}}],"Memory":"""
            + """67108864,"MemorySwap":67108864,"NanoCpus":1500000000,"PidsLimit":50}""",
            asked["HostConfig"]!.ToJsonString());
    }

    [Fact(Timeout = Limit)]
    public async Task Limit_that_the_engine_drops_is_refused_and_nothing_stays()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Method == "DELETE"
            ? FakeAnswer.Of(204, "")
            : FakeAnswer.Of(201, """{"Id":"abc","Warnings":["Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded."]}""")));
        using var engine = Open(fake);
        Assert.Equal("abc", await engine.CreateAsync("name", Creation, Cancellation));
        var fault = await Assert.ThrowsAsync<EngineException>(() => engine.CreateAsync("name", Creation with { Limits = new() { Processes = 50 } }, Cancellation));
        Assert.Equal(EngineFault.Refused, fault.Fault);
        Assert.Contains("PIDs limit discarded", fault.Message, StringComparison.Ordinal);
        Assert.Equal(("DELETE", "/containers/abc?force=true&v=true"), (fake.Requests.Last().Method, fake.Requests.Last().Path));
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_made_for_one_that_has_left_is_taken_away()
    {
        using var leaving = new CancellationTokenSource();
        await using var fake = new FakeEngine(FakeEngine.Speaking(request =>
        {
            leaving.Cancel();
            return request.Method == "DELETE" ? FakeAnswer.Of(204, "") : FakeAnswer.Of(201, """{"Id":"abc"}""");
        }));
        using var engine = Open(fake);
        await Assert.ThrowsAsync<OperationCanceledException>(() => engine.CreateAsync("name", Creation, leaving.Token));
        Assert.Equal(("DELETE", "/containers/abc?force=true&v=true"), (fake.Requests.Last().Method, fake.Requests.Last().Path));
    }

    private static ContainerEngine Open(FakeEngine fake) => new(EngineAddress.Parse(fake.Address), TimeProvider.System);
}
