using System.Diagnostics;
using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>The model server of <c>tests/tools/model-server</c>, started once for a collection. It ends when its standard input does.</summary>
public sealed class ModelServer : IAsyncLifetime
{
    private Process? _process;
    private int _port;

    /// <summary>Without a trailing slash.</summary>
    public string Url => _port == 0 ? throw new InvalidOperationException("Ask Needs first: the model server needs Node.") : $"http://127.0.0.1:{_port}";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(ProductPaths.Node))
        {
            return;
        }

        _process = Process.Start(new ProcessStartInfo(ProductPaths.Node, [ProductPaths.Script("model-server/server.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string first = await _process.StandardOutput.ReadLineAsync(bound.Token)
            ?? throw new InvalidOperationException("The model server ended without saying its port.");
        _port = JsonNode.Parse(first)!["port"]!.GetValue<int>();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        _process.StandardInput.Close();
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

/// <summary>
/// Real agents are heavy (opencode alone takes half a gigabyte and 3 s of a core): the tests of one collection run one after the other.
/// </summary>
[CollectionDefinition(Name)]
public sealed class RealAgentsByCommand : ICollectionFixture<AgentCommands>
{
    public const string Name = "real agents by command";
}

/// <summary>Those that mostly wait: they may run beside the others.</summary>
[CollectionDefinition(Name)]
public sealed class RealAgentsFailing : ICollectionFixture<AgentCommands>
{
    public const string Name = "real agents with a failing service";
}

/// <summary>The same over MCP; the collections may run beside each other.</summary>
[CollectionDefinition(Name)]
public sealed class RealAgentsOverMcp : ICollectionFixture<ModelServer>
{
    public const string Name = "real agents over MCP";
}

/// <summary>Those that let time pass: a limit's twenty seconds, a minute until somebody answers.</summary>
[CollectionDefinition(Name)]
public sealed class RealAgentsWaiting : ICollectionFixture<ModelServer>
{
    public const string Name = "real agents that wait";
}
