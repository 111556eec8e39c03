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
    Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what was kept for a worker between its runs, such as its container. Returns when it is gone; what cannot be removed now is
    /// removed by a later sweep.
    /// </summary>
    /// <param name="ownerMark">As of its launches.</param>
    Task ReleaseAsync(string ownerMark, string workerId, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For the start of a host: ends and removes what the owner's runs and workers that are over have left behind.</summary>
    /// <param name="isWorkerOver">Told a worker's id: whether nobody has it any more.</param>
    /// <param name="isRunOver">Told a run's id: whether it is settled, or not known at all.</param>
    /// <returns>How many processes of this machine were killed.</returns>
    Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken) =>
        Task.FromResult(0);
}

/// <summary>The command could not be started. Nothing is left behind but the run directory.</summary>
public sealed class LaunchException(string message, Exception? inner = null) : Exception(message, inner);
