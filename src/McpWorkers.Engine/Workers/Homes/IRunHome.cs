using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Homes;

/// <summary>Where a host's runs have their directories, and the mark that all their processes carry.</summary>
internal interface IRunHome : IAsyncDisposable
{
    /// <summary>The owner's part of the runs' markers.</summary>
    /// <exception cref="RefusedException">The place cannot be made.</exception>
    string Mark { get; }

    /// <summary>Whether the runs outlive the host: then it only leaves them, and the next one takes them up.</summary>
    bool OutlivesHost { get; }

    /// <summary>Absolute; the directory itself is made by the launcher.</summary>
    string RunPath(string runId);

    /// <summary>Where a worker's own files are kept; null where nothing of a worker is kept.</summary>
    string? WorkerPath(string workerId);

    /// <summary>The home directory of a worker's agents where they do not have the user's own; absolute, not made yet.</summary>
    string AgentHome(string workerId);
}
