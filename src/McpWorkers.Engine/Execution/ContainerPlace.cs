using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution;

/// <summary>The container that a command is started in.</summary>
public sealed record ContainerPlace
{
    public required string Image { get; init; }

    public ImagePull Pull { get; init; }

    /// <summary><c>none</c>, <c>default</c>, or the name of a network of the engine.</summary>
    public required string Network { get; init; }

    public required bool IsReadOnlyRoot { get; init; }

    /// <summary><c>UID[:GID]</c> or a name; null for who this host runs as.</summary>
    public string? User { get; init; }

    public IReadOnlyList<string> DropCapabilities { get; init; } = ["ALL"];

    /// <summary>All that is to be had inside but the run directory, which the launcher adds. Later ones lie over earlier ones.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>The worker's id, told by a label.</summary>
    public required string WorkerId { get; init; }

    /// <summary>
    /// The container is made at the worker's first run and kept for those after it: each run is a command in it. Otherwise each run has a
    /// container of its own.
    /// </summary>
    public bool IsKept { get; init; }
}
