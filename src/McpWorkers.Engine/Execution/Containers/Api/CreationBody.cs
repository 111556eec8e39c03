using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>A container as the engine is asked for it. Pure.</summary>
internal static partial class CreationBody
{
    /// <exception cref="EngineException">The network is another's namespace, or no name.</exception>
    public static WireCreation Of(ContainerCreation creation, EngineKind kind) => new()
    {
        Image = creation.Image,
        Entrypoint = [creation.Command[0]],
        Cmd = [.. creation.Command.Skip(1)],
        Env = Assignments(creation.Environment),
        WorkingDir = creation.WorkingDirectory,
        User = creation.User,
        Labels = creation.Labels,
        HostConfig = new()
        {
            NetworkMode = NetworkOf(creation.Network),
            ReadonlyRootfs = creation.IsReadOnlyRoot,
            CapDrop = creation.DropCapabilities,
            Mounts = [.. creation.Mounts.Select(m => new WireMount("bind", m.Source, m.Target, m.IsReadOnly, new("rprivate")))],
            Tmpfs = creation.Tmpfs.Count > 0 ? creation.Tmpfs : null,
            // Docker has no such mode.
            UsernsMode = creation.KeepsUserId && kind == EngineKind.Podman ? "keep-id" : null,
            Memory = creation.Limits.MemoryBytes,
            MemorySwap = creation.Limits.MemoryBytes,
            NanoCpus = creation.Limits.Cpus is { } cpus ? (long)Math.Round(cpus * 1e9) : null,
            PidsLimit = creation.Limits.Processes,
        },
    };

    public static IReadOnlyList<string> Assignments(IReadOnlyDictionary<string, string> environment) =>
        [.. environment.Select(v => $"{v.Key}={v.Value}")];

    /// <summary>
    /// What an engine says beside the new container's id: a limit that it drops is no limit. Memory that is kept without swap is kept.
    /// </summary>
    public static string? DroppedLimit(ResourceLimits limits, IReadOnlyList<string>? warnings) =>
        limits.Set.Any(k => k != LimitKind.Disk) ? warnings?.FirstOrDefault(w => w.Contains("discarded", StringComparison.OrdinalIgnoreCase)
            && !w.Contains("swap", StringComparison.OrdinalIgnoreCase)) : null;

    // "host" and "container:x" would be the host's own loopback, or another container's.
    private static string NetworkOf(string network) => network switch
    {
        "none" or "default" => network,
        "host" => throw new EngineException(EngineFault.Refused, "A worker's container is never in the host's network: say none, default, or the name of a network of the engine."),
        _ when NetworkName().IsMatch(network) => network,
        _ => throw new EngineException(EngineFault.Refused, $"'{network}' is no name of a network: say none, default, or the name of a network of the engine."),
    };

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\z", RegexOptions.None, 1000)]
    private static partial Regex NetworkName();
}
