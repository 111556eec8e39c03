using System.Diagnostics;
using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Mcp;

/// <summary>The built product, <c>mcpworkers mcp</c>, over its real standard input and output.</summary>
public sealed class McpProcessTests
{
    [Fact(Timeout = 60_000)]
    public async Task Piped_requests_are_all_answered_and_nothing_else_is_on_standard_output()
    {
        using var home = new ProductHome();
        string[] requests =
        [
            WireClient.Initialize,
            WireClient.Initialized,
            """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""",
            """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"worker_spawn","arguments":{"worker_type":"simulated"}}}""",
            """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"worker_spawn","arguments":{"count":0}}}""",
            """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"worker_health","arguments":{}}}""",
        ];

        var (exitCode, output, seconds) = await PipeAsync(home, string.Join('\n', requests));

        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).Where(message => message["id"] is not null).ToList();
        Assert.Equal([1, 2, 3, 4, 5], answers.Select(answer => answer["id"]!.GetValue<int>()).Order());
        Assert.Equal(0, exitCode);
        Assert.InRange(seconds, 0, 15);
    }

    private static async Task<(int ExitCode, string Output, double Seconds)> PipeAsync(ProductHome home, string input)
    {
        var start = new ProcessStartInfo(ProductPaths.Executable, ["mcp", "--config", home.Config])
        {
            WorkingDirectory = home.Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, watch.Elapsed.TotalSeconds);
    }
}
