using System.Diagnostics;
using McpWorkers.Tests.Product;
using McpWorkers.Tests.RealAgents;
using Xunit;

namespace McpWorkers.Tests.Mcp.Foreign;

/// <summary>An MCP client of another maker, run by Node, that starts <c>mcpworkers mcp</c> itself.</summary>
internal static class ForeignClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static string Packages => Path.Combine(ProductPaths.Tools, "mcp-clients");

    /// <summary>Runs a script of <c>tests/tools/mcp-clients</c> and gives what it printed.</summary>
    public static Task<string> RunScriptAsync(ProductHome home, string script)
    {
        Need("sdk");
        return RunAsync(home, [ProductPaths.Script(Path.Combine("mcp-clients", script)), Packages, ProductPaths.Executable, "mcp", "--config", home.Config]);
    }

    /// <summary>The same over HTTP, to a server that runs already.</summary>
    public static Task<string> RunScriptAsync(ProductHome home, string script, string url, string token, params string[] arguments)
    {
        Need("sdk");
        return RunAsync(home, [ProductPaths.Script(Path.Combine("mcp-clients", script)), Packages, url, token, "--", .. arguments]);
    }

    /// <summary>The same, the script having arguments of its own.</summary>
    public static Task<string> RunThroughRelayAsync(ProductHome home, string script, params string[] arguments)
    {
        Need("sdk");
        return RunAsync(
            home, [ProductPaths.Script(Path.Combine("mcp-clients", script)), Packages, ProductPaths.Executable, "mcp", "--config", home.Config, "--", .. arguments]);
    }

    /// <summary>Runs the MCP Inspector's command line over HTTP.</summary>
    public static Task<string> InspectUrlAsync(ProductHome home, string url, string token, params string[] arguments)
    {
        Need("inspector");
        return RunAsync(
            home,
            [
                Path.Combine(Packages, "node_modules", ".bin", "mcp-inspector"), "--cli", url, "--transport", "http",
                "--header", $"Authorization: Bearer {token}", .. arguments,
            ]);
    }

    /// <summary>Runs the MCP Inspector's command line.</summary>
    public static Task<string> InspectAsync(ProductHome home, params string[] arguments)
    {
        Need("inspector");
        // It has a --config of its own, and would take ours for it; it hands on only the variables that it is told to.
        var variables = home.Environment.Where(v => v.Key.StartsWith("DOTNET_", StringComparison.Ordinal) || v.Key.StartsWith("XDG_", StringComparison.Ordinal));
        return RunAsync(
            home,
            [
                Path.Combine(Packages, "node_modules", ".bin", "mcp-inspector"), "--cli", ProductPaths.Executable, "mcp",
                .. variables.SelectMany(v => (string[])["-e", $"{v.Key}={v.Value}"]), .. arguments,
            ]);
    }

    private static void Need(string package)
    {
        Needs.Node();
        if (!Directory.Exists(Path.Combine(Packages, "node_modules", "@modelcontextprotocol", package)))
        {
            Needs.Missing("The MCP clients are not in .tools/mcp-clients; ./test.sh puts them there.");
        }
    }

    private static async Task<string> RunAsync(ProductHome home, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(ProductPaths.Node, arguments)
        {
            WorkingDirectory = home.Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"Exit code {process.ExitCode}.\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
