using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution;

/// <summary>How a command ended: facts only, no judgement.</summary>
public sealed record ExecutionEnd
{
    public required ExitStatus Exit { get; init; }

    /// <summary>The recorded stop, where there was one. A stop that came after the command had ended by itself is not recorded.</summary>
    public StopReason? Stop { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required TimeSpan Duration { get; init; }

    public required OutputCounts Output { get; init; }

    /// <summary>The end of standard error, at most 8 KiB, broken UTF-8 replaced.</summary>
    public string StderrTail { get; init; } = "";

    /// <summary>A limit that the kernel kept, and that something of the run died of. A stop for a limit is in <see cref="Stop"/>.</summary>
    public LimitReached? Reached { get; init; }

    /// <summary>How the limits of the launch were kept.</summary>
    public IReadOnlyList<HeldLimit> Limits { get; init; } = [];

    /// <summary>What a user should know of how it ended, such as a container's state that is gone; each a sentence.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Processes of the run that were still there after its command had ended, and were killed.</summary>
    public int LeftoversKilled { get; init; }
}

/// <summary>How the command's process ended.</summary>
public abstract record ExitStatus
{
    private ExitStatus()
    {
    }

    /// <param name="Value">0–255; 128 + n where signal n ended it.</param>
    public sealed record Code(int Value) : ExitStatus;

    /// <summary>It ran and nobody recorded how it ended.</summary>
    public sealed record Unknown : ExitStatus;
}

/// <param name="StdoutBytes">Whole length of <c>stdout.ndjson</c>.</param>
/// <param name="StderrBytes">Whole length of <c>stderr.log</c>.</param>
/// <param name="Lines">Lines on standard output, empty ones included.</param>
/// <param name="ShortenedLines">Lines over the bound on a line.</param>
/// <param name="UnterminatedLastLine">The output does not end in a line feed.</param>
public sealed record OutputCounts(long StdoutBytes, long StderrBytes, long Lines, long ShortenedLines, bool UnterminatedLastLine);
