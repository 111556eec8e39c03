using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what concerns containers and limits, of the host and of worker types.</summary>
internal static class ContainerBuilder
{
    private const string OwnHome = "~/";

    /// <summary>For types that need nothing but a shell. An AI CLI is in no image that anybody could take for granted.</summary>
    private const string ShellImage = "debian:stable-slim";

    public static ContainerHostSettings HostOf(SettingNode.Branch tree, SettingsProblems problems)
    {
        var map = tree.Under("path_map")?.Children.Select(entry => (entry.Key, Value: (SettingNode.Value)entry.Value)) ?? [];
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in map)
        {
            string there = (string)value.Content;
            if (!there.StartsWith('/'))
            {
                problems.NotAllowed(value.Origin, $"containers.path_map.{key}", $"'{there}'", "an absolute path of the engine's machine");
            }

            paths[Trimmed(key)] = Trimmed(there);
        }

        return new() { Engine = tree.Get<string>("engine"), Image = tree.Get<string>("image"), PathMap = paths };
    }

    /// <param name="hostImage">Where the type names none.</param>
    /// <param name="isShell">Its commands are a shell's.</param>
    public static ContainerSettings Of(SettingNode.Branch tree, string? hostImage, bool isShell, SettingsSources sources) => new()
    {
        Image = tree.Get<string>("image") ?? hostImage ?? (isShell ? ShellImage : null),
        Network = tree.Get<string>("network"),
        ReadOnlyRoot = tree.Flag("read_only")!.Value,
        User = tree.Get<string>("user"),
        DropCapabilities = tree.Get<IReadOnlyList<string>>("drop_capabilities")!,
        Mounts = [.. tree.Get<IReadOnlyList<string>>("mounts")!.Select(text => Mount(text, sources))],
        Pull = tree.Get<string>("pull") == "never" ? ImagePull.Never : ImagePull.IfMissing,
    };

    public static ResourceLimits LimitsOf(SettingNode.Branch? tree, ResourceLimits under) => tree is null ? under : new()
    {
        MemoryBytes = tree.Number("memory") ?? under.MemoryBytes,
        Cpus = tree.Fraction("cpus") ?? under.Cpus,
        Processes = (int?)tree.Number("processes") ?? under.Processes,
        DiskBytes = tree.Number("disk") ?? under.DiskBytes,
    };

    /// <param name="text"><c>SOURCE[:TARGET][:ro|rw]</c>.</param>
    private static ContainerMount Mount(string text, SettingsSources sources)
    {
        string[] parts = text.Split(':');
        bool hasMode = parts[^1] is "ro" or "rw";
        string source = parts[0];
        string target = parts.Length > (hasMode ? 2 : 1) ? parts[1] : source;
        return new(
            Trimmed(source.StartsWith(OwnHome, StringComparison.Ordinal) ? Path.Combine(sources.HomeDirectory, source[2..]) : source),
            Trimmed(target),
            IsReadOnly: !(hasMode && parts[^1] == "rw"));
    }

    private static string Trimmed(string path) => path.Length > 1 ? path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/" : path;
}
