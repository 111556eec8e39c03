using System.IO.Pipelines;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Tasks;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Mcp;

/// <summary>An MCP server over <see cref="EchoAgent"/> workers, inside the test, served over pipes as over stdin and stdout.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    public const string Legacy = "2025-11-25";
    public const string Modern = "2026-07-28";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("mcp-");
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _served;
    private McpClient? _client;

    public EchoServer(Func<HostSettings, HostSettings>? change = null, StdioGrace? grace = null, Caller? caller = null)
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
            new AgentCatalog([new EchoAgent()]), Launcher, (name, _) => name == "echo-agent" ? "/echo-agent" : null, TimeProvider.System);
        _served = ServeAsync(caller is null ? Manager : Manager.As(caller), grace ?? StdioGrace.Default);
    }

    public WorkerManager Manager { get; }

    public EchoLauncher Launcher { get; } = new();

    public StringWriter Log { get; } = new();

    /// <summary>What the client writes to.</summary>
    public Stream Input => _input.Writer.AsStream();

    /// <summary>What the client reads from.</summary>
    public Stream Output => _output.Reader.AsStream();

    /// <summary>Ends when the server has ended by itself.</summary>
    public Task Served => _served.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>A client that speaks this revision of the protocol.</summary>
    /// <param name="tasks">Whether it declares the extension for tasks.</param>
    public async Task<McpClient> ConnectAsync(string protocolVersion = Modern, bool tasks = false) => _client = await McpClient.CreateAsync(
        new StreamClientTransport(Input, Output),
        new()
        {
            ProtocolVersion = protocolVersion,
            Capabilities = tasks ? new() { Extensions = new Dictionary<string, object> { [TaskCapability.Extension] = new JsonObject() } } : null,
        }).WaitAsync(TimeSpan.FromSeconds(30));

    public async Task<string> SpawnAsync() => (await Manager.SpawnAsync(new()))[0];

    public async ValueTask DisposeAsync()
    {
        Launcher.Release();
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _input.Writer.CompleteAsync();
        await _stop.CancelAsync();
        await Served;
        await Manager.DisposeAsync();
        _stop.Dispose();
        _data.Delete(recursive: true);
    }

    private async Task ServeAsync(WorkerManager manager, StdioGrace grace)
    {
        await StdioHost.RunAsync(manager, _input.Reader.AsStream(), _output.Writer.AsStream(), Log, grace, TimeProvider.System, _stop.Token);
        await _output.Writer.CompleteAsync();
    }
}
