using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Homes;

/// <summary>The runs of a data directory: whichever daemon has it owns them all.</summary>
internal sealed class DurableRunHome(DataDirectory directory) : IRunHome
{
    public string Mark => directory.Id;

    public bool OutlivesHost => true;

    public string RunPath(string runId) => directory.RunPath(runId);

    public string? WorkerPath(string workerId) => Path.Combine(directory.WorkersPath, workerId);

    public string AgentHome(string workerId) => Path.Combine(directory.WorkersPath, workerId, "home");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
