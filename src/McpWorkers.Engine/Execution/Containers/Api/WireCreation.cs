namespace McpWorkers.Engine.Execution.Containers.Api;

// What is sent to make a container or an exec.
internal sealed record WireCreation
{
    public required string Image { get; init; }

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public required IReadOnlyList<string> Cmd { get; init; }

    public required IReadOnlyList<string> Env { get; init; }

    public required string WorkingDir { get; init; }

    public required string User { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>An image's own check would run commands that nobody asked for.</summary>
    public WireHealthcheck Healthcheck { get; init; } = new(["NONE"]);

    public required WireHost HostConfig { get; init; }
}

internal sealed record WireHealthcheck(IReadOnlyList<string> Test);

internal sealed record WireHost
{
    /// <summary>The first process of a container ignores signals that it has no handler for, and collects no orphans: this one does both.</summary>
    public bool Init { get; init; } = true;

    /// <summary>Podman says 0 for any exit code of a container that it removes by itself.</summary>
    public bool AutoRemove { get; init; }

    public bool Privileged { get; init; }

    public required string NetworkMode { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public required IReadOnlyList<string> CapDrop { get; init; }

    public IReadOnlyList<string> SecurityOpt { get; init; } = ["no-new-privileges"];

    public required IReadOnlyList<WireMount> Mounts { get; init; }

    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public string? UsernsMode { get; init; }

    public long? Memory { get; init; }

    /// <summary>Memory and swap together: the same as the memory, that none is swapped out instead.</summary>
    public long? MemorySwap { get; init; }

    public long? NanoCpus { get; init; }

    public long? PidsLimit { get; init; }
}

internal sealed record WireMount(string Type, string Source, string Target, bool ReadOnly, WireBind BindOptions);

internal sealed record WireBind(string Propagation);

internal sealed record WireExecCreation
{
    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;

    public bool Tty { get; init; }

    public required IReadOnlyList<string> Cmd { get; init; }

    public required IReadOnlyList<string> Env { get; init; }

    public string? WorkingDir { get; init; }

    public string? User { get; init; }
}

/// <summary>Always attached: Podman never tells the end of a detached one.</summary>
internal sealed record WireExecStart(bool Detach, bool Tty);
