namespace McpWorkers.Engine.Model;

/// <summary>Where the containers of all workers run.</summary>
public sealed record ContainerHostSettings
{
    /// <summary>The engine's address, such as <c>unix:///run/docker.sock</c> or <c>tcp://10.0.0.5:2376</c>. Null: it is searched for.</summary>
    public string? Engine { get; init; }

    /// <summary>The image of workers whose type and call name none.</summary>
    public string? Image { get; init; }

    /// <summary>
    /// For a host that itself runs in a container: its own directories by the name that the engine's machine has for each. Absolute paths,
    /// without a slash at the end.
    /// </summary>
    public IReadOnlyDictionary<string, string> PathMap { get; init; } = new Dictionary<string, string>();
}
