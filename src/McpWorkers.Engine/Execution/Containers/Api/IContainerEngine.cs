namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>
/// A container engine that speaks the Docker Engine API: Docker, or Podman by its compatible door. All methods throw
/// <see cref="EngineException"/>. Ids and names are told apart by the engine.
/// </summary>
internal interface IContainerEngine
{
    /// <summary>Such as <c>unix:///var/run/docker.sock</c>; for messages.</summary>
    string Address { get; }

    /// <summary>Asked once and kept.</summary>
    Task<EngineIdentity> IdentifyAsync(CancellationToken cancellationToken);

    /// <summary>Null where the engine does not have it.</summary>
    Task<ImageFacts?> FindImageAsync(string image, CancellationToken cancellationToken);

    /// <param name="progress">Told lines such as <c>Pulling from library/node</c>, now and then.</param>
    Task PullAsync(string image, Action<string> progress, CancellationToken cancellationToken);

    /// <returns>The container's id.</returns>
    Task<string> CreateAsync(string name, ContainerCreation creation, CancellationToken cancellationToken);

    /// <summary>One that runs already is no error.</summary>
    Task StartAsync(string container, CancellationToken cancellationToken);

    /// <summary>Null where there is none.</summary>
    Task<ContainerFacts?> InspectAsync(string container, CancellationToken cancellationToken);

    /// <summary>Waits until it does not run any more; call it after the start. A container that is gone counts as ended.</summary>
    /// <returns>The exit code of its command; null where it cannot be told.</returns>
    Task<int?> WaitAsync(string container, CancellationToken cancellationToken);

    /// <param name="signal">Such as <c>SIGINT</c>; to its first process. One that does not run any more is no error.</param>
    Task KillAsync(string container, string signal, CancellationToken cancellationToken);

    /// <summary>Ends and removes it, with its anonymous volumes. One that is gone is no error.</summary>
    Task RemoveAsync(string container, CancellationToken cancellationToken);

    /// <summary>All containers, running or not, that carry these labels.</summary>
    Task<IReadOnlyList<ContainerSummary>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Runs a command in a container that runs, to its end or that of the token (which ends the listening, not the command).</summary>
    /// <param name="output">Given the command's output as it comes: whether it is standard error, and the bytes.</param>
    Task<ExecEnd> ExecAsync(string container, ExecCreation exec, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken);

    /// <summary>The output of a container's command from its beginning, until it ends.</summary>
    Task FollowAsync(string container, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken);

    /// <summary>Null for one that does not run.</summary>
    Task<ContainerUse?> MeasureAsync(string container, CancellationToken cancellationToken);
}

internal enum EngineKind
{
    Docker,
    Podman,
}

/// <param name="Version">Such as 28.2.2.</param>
/// <param name="ApiVersion">The one that is spoken: ours or theirs, whichever is older; such as 1.41.</param>
/// <param name="IsRootless">The engine runs without the superuser's rights.</param>
/// <param name="MemoryLimit">Whether the engine can keep it; so for the next two.</param>
/// <param name="Warnings">Its own words about what it cannot do.</param>
internal sealed record EngineIdentity(
    EngineKind Kind, string Version, string ApiVersion, bool IsRootless, bool MemoryLimit, bool CpuLimit, bool ProcessLimit, int Processors, IReadOnlyList<string> Warnings);

internal sealed record ImageFacts(string Id, IReadOnlyList<string> Environment, string? User);

/// <summary>A container to be made. Never privileged, never with another's namespaces: there is no way to ask for it.</summary>
internal sealed record ContainerCreation
{
    public required string Image { get; init; }

    /// <summary>Replaces the image's entry point and command.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary><c>UID:GID</c> or a name.</summary>
    public required string User { get; init; }

    /// <summary><c>none</c>, <c>default</c>, or a name.</summary>
    public required string Network { get; init; }

    public required bool IsReadOnlyRoot { get; init; }

    public required IReadOnlyList<string> DropCapabilities { get; init; }

    public required IReadOnlyList<Model.ContainerMount> Mounts { get; init; }

    /// <summary>Directories that are made in memory, with their options: <c>/tmp</c> → <c>rw,nosuid,nodev,mode=1777</c>.</summary>
    public IReadOnlyDictionary<string, string> Tmpfs { get; init; } = new Dictionary<string, string>();

    public Model.ResourceLimits Limits { get; init; } = Model.ResourceLimits.None;

    /// <summary>For rootless Podman: the host's user is the same inside.</summary>
    public bool KeepsUserId { get; init; }
}

internal enum ContainerState
{
    Created,
    Running,
    Paused,
    Exited,
    Dead,
    Removing,
}

internal sealed record ContainerFacts
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required ContainerState State { get; init; }

    /// <summary>Of its command; only once it has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>As the engine says it: Podman 4 never does, Docker also where only a child died of it.</summary>
    public bool IsOutOfMemory { get; init; }

    /// <summary>Why it could not be started, in the engine's words; empty for none.</summary>
    public string Error { get; init; } = "";

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}

internal sealed record ContainerSummary(string Id, string Name, ContainerState State, IReadOnlyDictionary<string, string> Labels);

internal sealed record ExecCreation
{
    public required IReadOnlyList<string> Command { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public string? WorkingDirectory { get; init; }

    public string? User { get; init; }
}

/// <param name="ExitCode">Null where the engine does not say it, as of a command that goes on.</param>
internal sealed record ExecEnd(int? ExitCode);

/// <param name="MemoryBytes">Without what the kernel could take back at once (inactive file cache).</param>
/// <param name="CpuNanoseconds">Since its start.</param>
internal sealed record ContainerUse(long MemoryBytes, long CpuNanoseconds, long? Processes);
