using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Settings.Reading;
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
    public void The_image_of_agents_has_the_versions_that_are_tested()
    {
        string image = File.ReadAllText(Path.Combine(Samples, "container/agents.Containerfile"));
        string[] clis = ["claude", "qwen", "gemini", "codex", "opencode", "copilot"];

        Assert.All(clis, cli =>
        {
            string package = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "tests/tools", cli, "package.json"));
            var (name, version) = Assert.Single(JsonNode.Parse(package)!["dependencies"]!.AsObject());
            Assert.Contains($"        {name}@{version} \\\n", image, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_worker_types_for_containers_can_be_used()
    {
        var settings = SettingsLoader.Load(
            SettingsSources.Usual(Path.Combine(Samples, "container/ecosystem.yaml"), AgentCatalog.Default().Names) with { Environment = new Dictionary<string, string>() }).Settings;

        Assert.All(settings.WorkerTypes.Where(type => type.Name.StartsWith("contain", StringComparison.Ordinal)), type =>
        {
            Assert.Equal(LauncherKind.Container, type.Launcher);
            Assert.Equal("localhost/mcpworkers-agents:1", type.Container.Image);
        });
        Assert.Equal(["container-executor", "contained-claude", "contained-claude-login"], settings.WorkerTypes.Select(type => type.Name).Where(name => name.StartsWith("contain", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_daemons_settings_in_the_compose_file_are_settings()
    {
        var compose = (YamlItem.Mapping)YamlFile.Parse(File.ReadAllText(Path.Combine(Samples, "container/compose.yaml")))!;
        var variables = ((YamlItem.Mapping)Under(Under(Under(compose, "services"), "daemon"), "environment")).Pairs
            .Where(pair => pair.Key.Text.StartsWith("MCPWORKERS_", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key.Text, pair => ((YamlItem.Scalar)pair.Value).Text.Replace("${MCPWORKERS_STATE}", "/srv/mcpworkers", StringComparison.Ordinal).Replace("${MCPWORKERS_WORK}", "/home/me/src", StringComparison.Ordinal));

        var settings = SettingsLoader.Load(SettingsSources.Usual(null, AgentCatalog.Default().Names) with { Environment = variables }).Settings;

        Assert.Equal("unix:///run/engine.sock", settings.Containers.Engine);
        Assert.Equal(["/data → /srv/mcpworkers", "/work → /home/me/src"], settings.Containers.PathMap.Select(each => $"{each.Key} → {each.Value}"));

        static YamlItem Under(YamlItem item, string key) => ((YamlItem.Mapping)item).Pairs.Single(pair => pair.Key.Text == key).Value;
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
