using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class SettingsSourcesTests
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "settings");

    public SettingsSourcesTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has its own places.");

    [Theory]
    [InlineData(null, null, "/home/me/.config/mcpworkers", "/home/me/.local/state/mcpworkers")]
    [InlineData("/etc/xdg", "/var/state", "/etc/xdg/mcpworkers", "/var/state/mcpworkers")]
    [InlineData("relative", "", "/home/me/.config/mcpworkers", "/home/me/.local/state/mcpworkers")]
    public void The_users_places_follow_the_base_directory_specification(string? config, string? state, string directory, string data)
    {
        var environment = new Dictionary<string, string>();
        if (config is not null)
        {
            environment = new() { ["XDG_CONFIG_HOME"] = config, ["XDG_STATE_HOME"] = state! };
        }

        var sources = SettingsSources.Of("some/mine.yaml", [], environment, "/home/me");

        Assert.Equal([Shipped, directory], sources.Directories);
        Assert.Equal(data, sources.DefaultDataDirectory);
        Assert.Equal(Path.GetFullPath("some/mine.yaml"), sources.ConfigPath);
    }

    [Fact]
    public void Without_a_home_directory_nothing_is_looked_for_or_kept_under_the_current_one()
    {
        var sources = SettingsSources.Of(null, SettingsPlace.Agents, new Dictionary<string, string>(), "");

        Assert.Equal([Shipped], sources.Directories);
        var refused = Assert.Throws<RefusedException>(() => SettingsLoader.Load(sources));
        Assert.EndsWith(
            "default: data_directory: '.local/state/mcpworkers' has no place, because there is no home directory. Set HOME, or data_directory to an absolute path.",
            refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            "/data",
            SettingsLoader.Load(sources with { Environment = new Dictionary<string, string> { ["MCPWORKERS_DATA_DIRECTORY"] = "/data" } }).Settings.DataDirectory);
    }
}
