using System.Net.Sockets;
using System.Text;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers;

public sealed class EngineFixtureTests(EngineFixture engines)
{
    [Theory(Timeout = 180_000)]
    [MemberData(nameof(EngineFixture.Kinds), MemberType = typeof(EngineFixture))]
    public async Task An_engine_answers_with_the_images_in_it(string kind)
    {
        var engine = await engines.GetAsync(kind);
        string images = await AskAsync(engine, "/images/json");
        Assert.Contains(EngineFixture.Busybox, images, StringComparison.Ordinal);
        Assert.Contains(EngineFixture.Debian, images, StringComparison.Ordinal);
        Assert.Contains(EngineFixture.Shellless, images, StringComparison.Ordinal);
    }

    // Without the product's own client: this says whether the tests' engine works at all.
    private static async Task<string> AskAsync(TestEngine engine, string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(engine.Socket), TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
