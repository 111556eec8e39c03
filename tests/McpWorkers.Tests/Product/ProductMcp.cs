using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>A client of <c>mcpworkers mcp</c>, over its standard input and output.</summary>
internal sealed class ProductMcp : IAsyncDisposable
{
    private readonly ProductHome _home;
    private readonly McpClient _client;
    private readonly StringBuilder _stderr;

    private ProductMcp(ProductHome home, McpClient client, StringBuilder stderr)
    {
        _home = home;
        _client = client;
        _stderr = stderr;
    }

    public static async Task<ProductMcp> StartAsync(ProductHome home, params string[] more)
    {
        var stderr = new StringBuilder();
        var transport = new StdioClientTransport(new()
        {
            Name = "tests",
            Command = ProductPaths.Executable,
            Arguments = ["mcp", "--config", home.Config, .. more],
            WorkingDirectory = home.Work,
            InheritEnvironmentVariables = false,
            EnvironmentVariables = home.Environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value),
            ShutdownTimeout = TimeSpan.FromSeconds(15),
            StandardErrorLines = line =>
            {
                lock (stderr)
                {
                    stderr.AppendLine(line);
                }
            },
        });

        // On a busy machine a daemon takes longer to start than the SDK's client waits before it takes the server for one of an older revision.
        var patient = new McpClientOptions { DiscoverProbeTimeout = TimeSpan.FromSeconds(60) };
        return new(home, await McpClient.CreateAsync(transport, patient, cancellationToken: TestContext.Current.CancellationToken), stderr);
    }

    /// <summary>Calls a tool that must not refuse, and gives the JSON of its text content.</summary>
    public async Task<JsonNode> CallAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await _client.CallToolAsync(
            tool, arguments.ToDictionary(a => a.Name, a => a.Value), cancellationToken: TestContext.Current.CancellationToken);
        string text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        Assert.False(result.IsError ?? false, $"{tool} was refused: {text}\n{Stderr}");
        return JsonNode.Parse(text)!;
    }

    public async Task<string> SpawnAsync(string workerType)
    {
        var ids = await CallAsync("worker_spawn", ("worker_type", workerType), ("count", 1));
        return Assert.Single(ids.AsArray())!.GetValue<string>();
    }

    /// <summary>One prompt for each worker, in parallel; the results in the order given.</summary>
    public async Task<IReadOnlyList<JsonObject>> BatchAsync(IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, int timeoutSeconds)
    {
        var results = await CallAsync(
            "worker_execute_batch", ("worker_ids", workerIds), ("prompts", prompts), ("timeout", timeoutSeconds));
        return [.. results.AsArray().Select(result => result!.AsObject())];
    }

    /// <summary>The host that this client talks to, as <see cref="LiveProcesses"/> describes it.</summary>
    public string HostProcess() => Assert.Single(LiveProcesses.Under(_home.Root), process => process.Contains(ProductPaths.Executable + " mcp", StringComparison.Ordinal));

    /// <summary>The most that the host has held in memory until now.</summary>
    public double HostPeakMemoryMegabytes()
    {
        string pid = HostProcess().Split(' ')[0];
        string peak = File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private string Stderr
    {
        get
        {
            lock (_stderr)
            {
                return _stderr.ToString();
            }
        }
    }
}
