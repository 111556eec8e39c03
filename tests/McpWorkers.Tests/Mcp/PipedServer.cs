using System.IO.Pipelines;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Tasks;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Mcp;

/// <summary>An MCP server over a manager, inside the test, served over pipes as over stdin and stdout. The manager stays its owner's.</summary>
internal sealed class PipedServer : IAsyncDisposable
{
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _served;
    private McpClient? _client;

    public PipedServer(WorkerManager manager, TextWriter log, StdioGrace? grace = null, IReadOnlyList<string>? toolSets = null) =>
        _served = ServeAsync(manager, toolSets, log, grace ?? StdioGrace.Default);

    /// <summary>What the client writes to.</summary>
    public Stream Input => _input.Writer.AsStream();

    /// <summary>What the client reads from.</summary>
    public Stream Output => _output.Reader.AsStream();

    /// <summary>Ends when the server has ended by itself.</summary>
    public Task Served => _served.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>A client that speaks this revision of the protocol.</summary>
    /// <param name="tasks">Whether it declares the extension for tasks.</param>
    /// <param name="elicit">What its user says to a form; null for a client that shows none.</param>
    public async Task<McpClient> ConnectAsync(
        string protocolVersion, bool tasks, Func<ElicitRequestParams?, CancellationToken, ValueTask<ElicitResult>>? elicit = null) => _client = await McpClient.CreateAsync(
        new StreamClientTransport(Input, Output),
        new()
        {
            ProtocolVersion = protocolVersion,
            Capabilities = new()
            {
                Extensions = tasks ? new Dictionary<string, object> { [TaskCapability.Extension] = new JsonObject() } : null,
                Elicitation = elicit is null ? null : new() { Form = new() },
            },
            Handlers = new() { ElicitationHandler = elicit },
        }).WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _input.Writer.CompleteAsync();
        await _stop.CancelAsync();
        await Served;
        _stop.Dispose();
    }

    private async Task ServeAsync(WorkerManager manager, IReadOnlyList<string>? toolSets, TextWriter log, StdioGrace grace)
    {
        await StdioHost.RunAsync(manager, toolSets, _input.Reader.AsStream(), _output.Writer.AsStream(), log, grace, TimeProvider.System, _stop.Token);
        await _output.Writer.CompleteAsync();
    }
}
