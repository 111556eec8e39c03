using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests;

public sealed class SampleTests
{
    private static readonly string Samples = Path.Combine(RepositoryFiles.Root, "samples");

    [Theory]
    [InlineData("claude-code/.mcp.json", "mcpServers")]
    [InlineData("vscode/.vscode/mcp.json", "servers")]
    [InlineData("qwen-code/.qwen/settings.json", "mcpServers")]
    [InlineData("gemini-cli/.gemini/settings.json", "mcpServers")]
    public void A_hosts_configuration_starts_the_server(string file, string key)
    {
        var server = JsonNode.Parse(File.ReadAllText(Path.Combine(Samples, file)))![key]!["mcpworkers"]!;

        Assert.Equal("mcpworkers", server["command"]!.GetValue<string>());
        Assert.Equal(["mcp"], server["args"]!.AsArray().Select(static word => word!.GetValue<string>()));
    }

    [Fact]
    public void Codexs_configuration_starts_the_server()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Samples, "codex/.codex/config.toml"));

        Assert.Equal(["[mcp_servers.mcpworkers]", "command = \"mcpworkers\"", "args = [\"mcp\"]"], lines[..3]);
    }

    [Fact]
    public void The_readme_names_every_configuration()
    {
        string readme = File.ReadAllText(Path.Combine(Samples, "README.md"));

        Assert.All(
            Directory.EnumerateFiles(Samples, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
                .Select(file => Path.GetRelativePath(Samples, file))
                .Where(static file => !file.StartsWith("library", StringComparison.Ordinal) && file.Contains($"{Path.DirectorySeparatorChar}.", StringComparison.Ordinal)),
            file => Assert.Contains($"]({file.Replace('\\', '/')})", readme, StringComparison.Ordinal));
    }
}
