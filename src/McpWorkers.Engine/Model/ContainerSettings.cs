namespace McpWorkers.Engine.Model;

/// <summary>What a worker type says of the containers of its workers.</summary>
public sealed record ContainerSettings
{
    /// <summary>None of it said.</summary>
    public static ContainerSettings Default { get; } = new();

    /// <summary>Such as <c>node:22</c>. Null: the call must name one.</summary>
    public string? Image { get; init; }

    /// <summary><c>none</c>, <c>default</c>, or the name of a network of the engine. Null: none for container-executor, default for AI CLIs.</summary>
    public string? Network { get; init; }

    /// <summary>The image's own files cannot be changed; /tmp, /run and /var/tmp can, in memory.</summary>
    public bool ReadOnlyRoot { get; init; } = true;

    /// <summary><c>UID[:GID]</c>, or a name that the image knows. Null: who the host runs as.</summary>
    public string? User { get; init; }

    /// <summary>Capabilities that are taken away, without <c>CAP_</c>.</summary>
    public IReadOnlyList<string> DropCapabilities { get; init; } = ["ALL"];

    /// <summary>What of the host's files is to be had inside, beside workspace, home and run directory.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>When the image is fetched from its registry.</summary>
    public ImagePull Pull { get; init; } = ImagePull.IfMissing;
}

public enum ImagePull
{
    /// <summary>Where the engine does not have it.</summary>
    IfMissing,

    /// <summary>Never: a missing one is an error.</summary>
    Never,
}

/// <summary>A file or directory of the host in a container.</summary>
/// <param name="Source">Absolute; must exist.</param>
/// <param name="Target">Absolute, in the container. In a worker type's settings <c>~/…</c> is a path in the worker's own home.</param>
public sealed record ContainerMount(string Source, string Target, bool IsReadOnly = true);
