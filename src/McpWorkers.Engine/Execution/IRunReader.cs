using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution;

/// <summary>Takes the lines of a run's standard output, and says what the bounds need to know of them.</summary>
public interface IRunReader
{
    /// <summary>Called for each line, in order, never concurrently. Never throws.</summary>
    RunActivity Take(in OutputLine line);

    /// <summary>Whether it is handed standard error too, while the run goes on.</summary>
    bool WantsErrors => false;

    /// <summary>Called for each line of standard error, in order, never concurrently with anything else here. Never throws.</summary>
    void TakeError(in OutputLine line)
    {
    }

    /// <summary>How long the run had to wait for somebody until now: that time counts for none of its bounds.</summary>
    TimeSpan Held => TimeSpan.Zero;

    /// <summary>For how long it has not had to wait for anybody: zero while it waits, null where it never did.</summary>
    TimeSpan? SinceHeld => null;

    /// <summary>Called several times a second while the run goes on: a reason to stop it that no line tells; null for none.</summary>
    StopReason? Look() => null;
}

/// <summary>What is going on in a run, as far as its lines tell.</summary>
/// <param name="ToolCallOpen">A tool call has begun and not ended: longer silence is normal.</param>
/// <param name="BackgroundOpen">Background work or a subagent goes on: life after a result is normal.</param>
/// <param name="FinalResultSeen">The final result was said.</param>
/// <param name="EndNow">Set when the stream says that going on is pointless: the run is stopped with this reason.</param>
public readonly record struct RunActivity(
    bool ToolCallOpen, bool BackgroundOpen, bool FinalResultSeen, StopReason? EndNow = null);

/// <summary>One line of output, without its line feed.</summary>
public readonly ref struct OutputLine
{
    /// <summary>The line; a shortened one has its long JSON strings cut and stays JSON.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Where the line begins in the file, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Length in the file, without the line feed.</summary>
    public required long FullLength { get; init; }

    /// <summary>The line was longer than the bound on a line.</summary>
    public bool Shortened { get; init; }

    /// <summary>The last line of an ended run, with no line feed after it.</summary>
    public bool Unterminated { get; init; }
}
