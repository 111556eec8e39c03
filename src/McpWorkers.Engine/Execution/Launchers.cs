using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution;

/// <summary>Starts each command in its own way: as a process, or in a container. A run directory tells by which of them it was launched.</summary>
public sealed class Launchers(ILauncher processes, ILauncher containers) : ILauncher
{
    /// <inheritdoc/>
    public Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(launch);
        return (launch.Container is null ? processes : containers).LaunchAsync(launch, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken)
    {
        var record = LaunchRecord.Read(new RunFiles(runDirectory).Launch);
        return (record.Container is null ? processes : containers).AdoptAsync(runDirectory, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(string ownerMark, string workerId, CancellationToken cancellationToken)
    {
        await processes.ReleaseAsync(ownerMark, workerId, cancellationToken);
        await containers.ReleaseAsync(ownerMark, workerId, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken)
    {
        int killed = await processes.SweepAsync(ownerMark, isWorkerOver, isRunOver, cancellationToken);
        return killed + await containers.SweepAsync(ownerMark, isWorkerOver, isRunOver, cancellationToken);
    }
}
