using System.Collections;
using McpWorkers.Engine.Settings.Keys;

namespace McpWorkers.Engine.Settings;

/// <summary>Where settings are looked for: everything that the loader depends on.</summary>
public sealed record SettingsSources
{
    /// <summary>Directories in the order of reading; those that do not exist are passed over. Later ones override.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    /// <summary>
    /// The worker types to begin with where the first directory holds no <c>ecosystem.yaml</c>: a host that embeds the library has no
    /// settings beside its executable. Null: none.
    /// </summary>
    public string? ShippedEcosystem { get; init; }

    /// <summary>A file or directory that was named by the user, read last. It must exist.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>All variables of the host; those that begin with <c>MCPWORKERS_</c> are settings.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What <c>~/</c> stands for.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>The data directory where no setting names one.</summary>
    public required string DefaultDataDirectory { get; init; }

    /// <summary>The adapters' names: the allowed values of <c>agent</c>.</summary>
    public required IReadOnlyList<string> Agents { get; init; }

    /// <summary>Beside the executable, then the user's own, then the path; and this process's variables.</summary>
    /// <param name="configPath">The value of <c>--config</c>.</param>
    /// <param name="agents">The adapters' names.</param>
    public static SettingsSources Usual(string? configPath, IReadOnlyList<string> agents)
    {
        var environment = new Dictionary<string, string>();
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string)variable.Value!;
        }

        return Of(configPath, agents, environment, System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile));
    }

    internal static SettingsSources Of(
        string? configPath, IReadOnlyList<string> agents, IReadOnlyDictionary<string, string> environment, string home)
    {
        string userDirectory = UserPlace("XDG_CONFIG_HOME", ".config", System.Environment.SpecialFolder.ApplicationData);
        return new()
        {
            // Without a home directory (a service account may have none) the user's own place is nowhere, not under the current directory.
            Directories = [Path.Combine(AppContext.BaseDirectory, "settings"), .. Path.IsPathRooted(userDirectory) ? [userDirectory] : Array.Empty<string>()],
            ShippedEcosystem = Shipped(),
            ConfigPath = configPath is null ? null : Path.GetFullPath(configPath),
            Environment = environment,
            HomeDirectory = home,
            DefaultDataDirectory = UserPlace("XDG_STATE_HOME", ".local/state", System.Environment.SpecialFolder.LocalApplicationData),
            Agents = agents,
        };

        // The base directory specification: a relative path in such a variable is to be ignored.
        string UserPlace(string variable, string underHome, System.Environment.SpecialFolder onWindows) => Path.Combine(
            OperatingSystem.IsWindows() ? System.Environment.GetFolderPath(onWindows)
            : environment.TryGetValue(variable, out var named) && Path.IsPathRooted(named) ? named
            : Path.Combine(home, underHome),
            "mcpworkers");
    }
    private static string Shipped()
    {
        using var stream = typeof(SettingsSources).Assembly.GetManifestResourceStream(EcosystemKeys.FileName)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
