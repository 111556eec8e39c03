using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution;

/// <summary>One command to be started over a run directory. Knows nothing of agents or prompts.</summary>
public sealed record CommandLaunch
{
    /// <summary>Unguessable, unique within the data directory; letters, digits, '_' and '-'.</summary>
    public required string RunId { get; init; }

    /// <summary>Absolute. Made by the launcher, mode 0700; it must not exist yet.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>Absolute path of a file that exists and is executable; checked again before the launch. In a container also a name on the image's PATH.</summary>
    public required string Executable { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Absolute; must exist.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The whole environment of the command, the run's marker excepted, which the launcher adds.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required LaunchInput Input { get; init; }

    /// <summary>Written into the run directory before the launch.</summary>
    public IReadOnlyList<RunFile> Files { get; init; } = [];

    public required RunBounds Bounds { get; init; }

    public required StopPlan Stop { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>Null: a process of this machine.</summary>
    public ContainerPlace? Container { get; init; }

    /// <summary>Told, in a line for a person, what the launch waits for, such as an image that is being fetched.</summary>
    public Action<string>? Tell { get; init; }

    /// <summary>Identifies whose runs these are: part of the marker, so that a sweep touches only its own.</summary>
    public required string OwnerMark { get; init; }

    /// <summary>
    /// The runs that this one is within, and ends with, when a host launches it on behalf of a caller in a run: see
    /// <see cref="Processes.RunLineage"/>. Null: those that this host itself was started within.
    /// </summary>
    public string? Lineage { get; init; }
}

/// <summary>What the command reads on standard input.</summary>
public abstract record LaunchInput
{
    private LaunchInput()
    {
    }

    /// <summary>All of it is known at launch: it goes into the file <c>stdin</c>; the command sees the end after it.</summary>
    public sealed record Whole(ReadOnlyMemory<byte> Content) : LaunchInput;

    /// <summary>More may follow while it runs: the append-only file <c>stdin.ndjson</c> is followed into the command.</summary>
    public sealed record Channel(ReadOnlyMemory<byte> First) : LaunchInput;
}
