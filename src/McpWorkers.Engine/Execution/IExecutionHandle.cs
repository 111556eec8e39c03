using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution;

/// <summary>A started command. It lives on without this object, which only observes its run directory.</summary>
public interface IExecutionHandle
{
    string RunDirectory { get; }

    /// <summary>The command has ended, as far as its directory and the process table tell now.</summary>
    bool HasEnded { get; }

    /// <summary>Wall-clock time of the launch, as recorded in the run directory.</summary>
    DateTimeOffset Started { get; }

    /// <summary>What it uses now. Cheap enough for every few seconds; null where it has ended, or nothing can be told.</summary>
    ExecutionUse? Measure() => null;

    /// <summary>
    /// Reads the output from its beginning, line by line and in order, watches the bounds, and returns once the command has ended,
    /// nothing of it is left, and its files are read to their end. Reaching a bound stops the command.
    /// Cancelling the token ends the observing only: the command goes on.
    /// </summary>
    Task<ExecutionEnd> ObserveAsync(IRunReader reader, CancellationToken cancellationToken);

    /// <summary>
    /// Records the reason (the first one recorded counts), stops the command by its plan, or by <paramref name="plan"/>,
    /// and returns when nothing of the run is left. Does nothing to a run that has ended.
    /// </summary>
    Task StopAsync(StopReason reason, StopPlan? plan, CancellationToken cancellationToken);

    /// <summary>The command was launched with a channel.</summary>
    bool HasOpenInput => false;

    /// <summary>Appends to the input of a command that was launched with a channel, or ends it.</summary>
    /// <exception cref="InvalidOperationException">It was launched without a channel.</exception>
    Task WriteInputAsync(ReadOnlyMemory<byte> lines, bool end, CancellationToken cancellationToken);
}
