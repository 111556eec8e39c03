using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <summary>A worker, and what its runs have made of it.</summary>
internal sealed class MemoryWorker(StoredWorker stored)
{
    public StoredWorker Stored { get; private set; } = stored;

    public bool Closed { get; set; }

    /// <summary>Id of the run that was settled last.</summary>
    public string? LastRun { get; private set; }

    public WorkerStatus LastStatus { get; private set; } = WorkerStatus.Pending;

    public void MoveOn(SettledRun run)
    {
        LastRun = run.RunId;
        LastStatus = run.Status;
        Stored = Stored with
        {
            SessionId = run.SessionId,
            SessionUsage = run.SessionUsage,
            SessionCostUsd = run.SessionCostUsd,
            RunsDone = Stored.RunsDone + 1,
        };
    }
}
