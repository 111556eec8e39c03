namespace McpWorkers.Engine.Model;

/// <summary>What a run may use of the machine at once. Null: as much as there is.</summary>
public sealed record ResourceLimits
{
    public static ResourceLimits None { get; } = new();

    /// <summary>Of all its processes together, in bytes; at least 16 MiB.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processors' time, 1.5 being one and a half of them; 0.01 up to as many as there are.</summary>
    public double? Cpus { get; init; }

    /// <summary>Processes and threads at once; at least 4.</summary>
    public int? Processes { get; init; }

    /// <summary>What its place to write holds, in bytes: its workspace, its home and its run directory, or a container's own layer.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Those that are set, in the order of <see cref="LimitKind"/>.</summary>
    public IEnumerable<LimitKind> Set
    {
        get
        {
            if (MemoryBytes is not null)
            {
                yield return LimitKind.Memory;
            }

            if (Cpus is not null)
            {
                yield return LimitKind.Cpu;
            }

            if (Processes is not null)
            {
                yield return LimitKind.Processes;
            }

            if (DiskBytes is not null)
            {
                yield return LimitKind.Disk;
            }
        }
    }

    /// <summary>In the kind's unit; null where it is not set.</summary>
    public double? ValueOf(LimitKind kind) => kind switch
    {
        LimitKind.Memory => MemoryBytes,
        LimitKind.Cpu => Cpus,
        LimitKind.Processes => Processes,
        LimitKind.Disk => DiskBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

public enum LimitKind
{
    Memory,
    Cpu,
    Processes,
    Disk,
}

/// <summary>How a limit is kept.</summary>
public enum LimitHold
{
    /// <summary>The kernel keeps it: it cannot be exceeded.</summary>
    Enforced,

    /// <summary>It is measured every second or so, and the run is stopped past it.</summary>
    Watched,

    /// <summary>It cannot be kept here.</summary>
    Unavailable,
}

/// <summary>A limit of a run and how it was kept.</summary>
/// <param name="Value">In the kind's unit: bytes, processors, processes.</param>
public sealed record HeldLimit(LimitKind Kind, double Value, LimitHold Hold);

/// <summary>The limit that ended a run, or that a part of it died of.</summary>
/// <param name="Limit">In the kind's unit.</param>
/// <param name="Measured">What was seen; null where the kernel acted before anybody could measure.</param>
public sealed record LimitReached(LimitKind Kind, double Limit, double? Measured);
