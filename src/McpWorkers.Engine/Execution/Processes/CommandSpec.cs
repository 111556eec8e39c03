namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A short helper command whose input, output, place and environment matter byte for byte.</summary>
public sealed record CommandSpec
{
    public required string Executable { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Null for this process's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>All of it, nothing is inherited; null for this process's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public ReadOnlyMemory<byte> Stdin { get; init; }

    /// <summary>Writes standard input instead, where it is too much to be held. What it throws but <see cref="IOException"/> comes out of the call.</summary>
    public Func<Stream, CancellationToken, Task>? StdinBy { get; init; }

    /// <summary>Where standard output goes as it comes; null: into the answer.</summary>
    public Stream? StdoutTo { get; init; }

    /// <summary>Killed with its tree after so long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The owner's part of a run marker: should this process die first, the next host of the same owner ends the command before it does
    /// anything else.
    /// </summary>
    public string? OwnerMark { get; init; }
}

/// <summary>What a command wrote.</summary>
/// <param name="ExitCode">Null where it could not be started, was ended at its time-out, or a child of its own held its output open.</param>
/// <param name="Stdout">All of it; empty where it went elsewhere.</param>
/// <param name="Stderr">At most 1 MiB; where it could not be started, why.</param>
public sealed record CommandBytes(int? ExitCode, ReadOnlyMemory<byte> Stdout, string Stderr, bool TimedOut = false);
