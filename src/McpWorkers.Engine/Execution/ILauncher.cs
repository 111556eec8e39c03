namespace McpWorkers.Engine.Execution;

/// <summary>How a command is started and found again: as a process, or in a container.</summary>
public interface ILauncher
{
    /// <summary>Makes the run directory and starts the command over it.</summary>
    /// <exception cref="LaunchException">Nothing runs; the message says why.</exception>
    Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken);

    /// <summary>
    /// Takes up a run directory that somebody else launched, running or ended. The same observation gives the same result.
    /// </summary>
    /// <exception cref="LaunchException">The directory holds no launch, or nothing ever ran in it.</exception>
    IExecutionHandle Adopt(string runDirectory);
}

/// <summary>The command could not be started. Nothing is left behind but the run directory.</summary>
public sealed class LaunchException(string message, Exception? inner = null) : Exception(message, inner);
