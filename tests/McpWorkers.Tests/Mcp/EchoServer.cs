using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Mcp;

/// <summary>An MCP server over <see cref="EchoAgent"/> workers, inside the test, served over pipes as over stdin and stdout.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    public const string Legacy = "2025-11-25";
    public const string Modern = "2026-07-28";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("mcp-");
    private readonly PipedServer _server;

    public EchoServer(Func<HostSettings, HostSettings>? change = null, StdioGrace? grace = null, Caller? caller = null, IReadOnlyList<string>? toolSets = null, IDataStore? store = null)
    {
        var settings = new HostSettings
        {
            DataDirectory = _data.FullName,
            DefaultType = "echo",
            WorkerTypes =
            [
                new() { Name = "echo", Agent = "echo" },
                new() { Name = "absent", Agent = "echo", Command = ["absent-agent"] },
            ],
        };
        Manager = new(
            change?.Invoke(settings) ?? settings,
            new AgentCatalog([new EchoAgent()]), Launcher, (name, _) => name == "echo-agent" ? "/echo-agent" : null, TimeProvider.System, store);
        _server = new(caller is null ? Manager : Manager.As(caller), Log, grace, toolSets);
    }

    public WorkerManager Manager { get; }

    public EchoLauncher Launcher { get; } = new();

    public StringWriter Log { get; } = new();

    /// <summary>What the client writes to.</summary>
    public Stream Input => _server.Input;

    /// <summary>What the client reads from.</summary>
    public Stream Output => _server.Output;

    /// <summary>Ends when the server has ended by itself.</summary>
    public Task Served => _server.Served;

    /// <inheritdoc cref="PipedServer.ConnectAsync"/>
    public Task<McpClient> ConnectAsync(
        string protocolVersion = Modern, bool tasks = false, Func<ElicitRequestParams?, CancellationToken, ValueTask<ElicitResult>>? elicit = null) =>
        _server.ConnectAsync(protocolVersion, tasks, elicit);

    public async Task<string> SpawnAsync() => (await Manager.SpawnAsync(new()))[0];

    public async ValueTask DisposeAsync()
    {
        Launcher.Release();
        await _server.DisposeAsync();
        await Manager.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
