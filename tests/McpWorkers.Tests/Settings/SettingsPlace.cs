using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using Xunit;

namespace McpWorkers.Tests.Settings;

/// <summary>Settings directories of a test: <c>shipped/</c>, <c>user/</c>, and whatever else it writes.</summary>
internal sealed class SettingsPlace : IDisposable
{
    public static readonly string[] Agents =
        ["claude", "qwen", "gemini", "codex", "opencode", "copilot", "grok", "stream-json", "command", "container", "simulated"];

    public string Root { get; } = Directory.CreateTempSubdirectory("mcpworkers-settings-").FullName;

    public string Write(string name, string yaml)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, yaml);
        return path;
    }

    public static string Shipped(string file) => File.ReadAllText(Path.Combine(RepositoryFiles.Root, "settings", file));

    public LoadedSettings Load(string? config = null, Dictionary<string, string>? environment = null, string[]? directories = null, string? shippedEcosystem = null) =>
        SettingsLoader.Load(new()
        {
            Directories = directories ?? [Path.Combine(Root, "shipped"), Path.Combine(Root, "user")],
            ConfigPath = config is null ? null : Path.Combine(Root, config),
            Environment = environment ?? [],
            HomeDirectory = "/home/me",
            DefaultDataDirectory = "/home/me/.local/state/mcpworkers",
            Agents = Agents,
            ShippedEcosystem = shippedEcosystem,
        });

    /// <summary>The problems of a load that is refused, with this place's path left out.</summary>
    public string[] Problems(string? config = null, Dictionary<string, string>? environment = null)
    {
        var refused = Assert.Throws<RefusedException>(() => Load(config, environment));
        Assert.Equal(RefusalCode.InvalidSettings, refused.Code);
        string[] lines = refused.Message.Replace(Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Split('\n');
        Assert.Equal("The settings cannot be used:", lines[0]);
        return lines[1..];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
