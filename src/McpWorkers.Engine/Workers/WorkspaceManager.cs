using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Merging;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Engine.Workers;

/// <summary>The workspaces of a host's workers, also of workers that are closed: look, merge, discard, and get back what was discarded.</summary>
public sealed class WorkspaceManager
{
    /// <summary>The oldest first. Workers that work in a directory have none.</summary>
    public IReadOnlyList<WorkspaceView> List() => throw new NotImplementedException();

    /// <exception cref="RefusedException">There is no such workspace.</exception>
    public WorkspaceView Get(string id) => throw new NotImplementedException();

    /// <summary>What it holds beyond what it started from, as it is now.</summary>
    /// <exception cref="RefusedException">There is no such workspace, or it cannot be read.</exception>
    public Task<WorkspaceChanges> ChangesAsync(string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Writes its changes as a patch that <c>git apply</c> takes, binary files included.</summary>
    /// <exception cref="RefusedException">There is no such workspace, or it cannot be read.</exception>
    public Task WritePatchAsync(string id, Stream to, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What would collide: with the target, and with the other workspaces.</summary>
    /// <param name="ids">Null for all that hold something.</param>
    /// <exception cref="RefusedException">There is no such workspace or branch.</exception>
    public Task<IReadOnlyList<MergeForecast>> ForecastAsync(IReadOnlyList<string>? ids, string? into, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Merges in the order given, each whole or not at all, and stops at the first that cannot be.</summary>
    /// <param name="ids">Null for all that hold something, the oldest first.</param>
    /// <returns>One for each that was tried; those after one that could not be merged are not tried.</returns>
    /// <exception cref="RefusedException">There is no such workspace or branch, or a worker's run goes on; nothing was merged.</exception>
    public Task<IReadOnlyList<MergeOutcome>> MergeAsync(IReadOnlyList<string>? ids, MergeOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes a snapshot into the trash and removes the workspace.</summary>
    /// <returns>Null where there was nothing to lose.</returns>
    /// <exception cref="RefusedException">There is no such workspace, its worker is running, or the snapshot could not be taken: then it stays.</exception>
    public Task<TrashEntry?> DiscardAsync(string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes workspaces without a worker that hold nothing, or nothing that is not merged.</summary>
    public Task<PruneResult> PruneAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The newest first.</summary>
    public IReadOnlyList<TrashEntry> Trash() => throw new NotImplementedException();

    /// <exception cref="RefusedException">There is no such snapshot, or it cannot be read.</exception>
    public Task<IReadOnlyList<TrashFile>> TrashFilesAsync(string trashId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes the workspace again as it was, by its old id. The snapshot stays.</summary>
    /// <exception cref="RefusedException">There is no such snapshot, its repository is gone, or a workspace of that id is there.</exception>
    public Task<WorkspaceView> RestoreAsync(string trashId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes snapshots for good.</summary>
    /// <param name="trashIds">Null for all.</param>
    /// <returns>How many.</returns>
    /// <exception cref="RefusedException">There is no such snapshot; nothing was deleted.</exception>
    public Task<int> EmptyTrashAsync(IReadOnlyList<string>? trashIds, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Lets the commands of a repository's <c>.mcpworkers.yaml</c>, and its commit hooks where that asks for them, run, as they are now.</summary>
    /// <param name="directory">Absolute; in the repository.</param>
    /// <returns>A line for each thing that is trusted now.</returns>
    /// <exception cref="RefusedException">No repository, or it has no such file.</exception>
    public Task<IReadOnlyList<string>> TrustAsync(string directory, CancellationToken cancellationToken) => throw new NotImplementedException();
}
