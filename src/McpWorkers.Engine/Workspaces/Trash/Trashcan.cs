using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>Removes workspaces so that nothing is lost with them, and brings them back.</summary>
internal sealed class Trashcan
{
    private readonly GitTool _tool;
    private readonly WorkspaceFolder _folder;
    private readonly PortLeases _ports;
    private readonly TrashFolder _trash;
    private readonly SnapshotHolders _holders;
    private readonly RemovalStart _start;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    public Trashcan(GitTool tool, WorkspaceFolder folder, WorkspaceSettings settings, PortLeases ports, TimeProvider time)
    {
        _tool = tool;
        _folder = folder;
        _ports = ports;
        _trash = new(folder.Beside("trash"));
        _holders = new(tool, _trash);
        _start = new(tool, folder, _trash, _holders, settings, time);
    }

    /// <summary>Removes a workspace: its place, its entry in git, its branch, its record. Where anything would be lost, a snapshot is taken first.</summary>
    /// <param name="why">For whoever looks into the trash, such as "discarded".</param>
    /// <param name="environment">Whose git configuration counts.</param>
    /// <returns>The snapshot; null where there was nothing to lose.</returns>
    /// <exception cref="RefusedException">The snapshot could not be taken: nothing was removed. Or it was taken, and something could not be deleted.</exception>
    public Task<TrashEntry?> RemoveAsync(Workspace workspace, string why, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(workspace.Id, async () =>
        {
            string? left = await _start.BringBackAsync(workspace, environment, cancellationToken);
            why = left is null ? why : $"{why}; {left} stays where it is";

            // A removal that was begun needs no second snapshot, unless the first has gone meanwhile.
            var (removal, entry) = await _start.BegunAsync(workspace, environment, cancellationToken) ?? await _start.BeginAsync(workspace, why, environment, cancellationToken);
            await removal.FinishAsync(_folder, workspace, _holders.Of(workspace, environment), cancellationToken);
            _tool.Forget(workspace.GitDirectory);
            _ports.Release(workspace.Id);
            return entry;
        }, cancellationToken);

    /// <summary>What would be lost if a workspace were removed, in a few words; null for nothing.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public Task<string?> LossAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(
            workspace.Id,
            async () => await _start.BringBackAsync(workspace, environment, cancellationToken) ?? await _start.FindLossAsync(workspace, environment, cancellationToken),
            cancellationToken);

    /// <summary>Makes the workspace again as it was, by its old id. The snapshot stays.</summary>
    /// <exception cref="RefusedException">Its repository is gone, something is where it was, or the snapshot cannot be read.</exception>
    public Task<Workspace> RestoreAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(entry.Workspace.Id, async () =>
        {
            var holder = await _holders.OpenAsync(entry, environment, cancellationToken);
            var manifest = await SnapshotHolders.ManifestAsync(entry, holder, cancellationToken);
            return await new SnapshotRestore(_folder, entry, manifest, holder).RunAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>The newest first.</summary>
    public IReadOnlyList<TrashEntry> List() => _trash.All();

    /// <exception cref="RefusedException">There is no such snapshot.</exception>
    public TrashEntry Get(string id) => _trash.Find(id) ?? throw new RefusedException(
        RefusalCode.NotFound, $"There is no '{id}' in the trash. See what is there with 'mcpworkers workers trash list'.");

    /// <summary>Whether the repository that holds a snapshot is still where it was.</summary>
    public static bool IsThere(TrashEntry entry) => Directory.Exists(Path.Combine(entry.Repository, "objects"));

    /// <summary>What a snapshot holds, by path.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public async Task<IReadOnlyList<TrashedFile>> FilesAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var holder = await _holders.OpenAsync(entry, environment, cancellationToken);
        var manifest = await SnapshotHolders.ManifestAsync(entry, holder, cancellationToken);
        var files = await TrashRefusal.GuardAsync(entry.Id, () => SnapshotContents.FilesAsync(holder, entry.Commit, cancellationToken));
        return
        [
            .. files.Where(file => file.Path != SnapshotManifest.Name && !RawName.IsWithin(file.Path, Snapshot.Objects))
                .Select(file => (Path: SnapshotName.OnDisk(file.Path), file.Size))
                .Select(file => new TrashedFile(
                    SnapshotRoot.Shown(file.Path),
                    SnapshotRoot.IsGitFile(file.Path) ? "git" : manifest.States.GetValueOrDefault(SnapshotName.ToText(file.Path), "tracked"),
                    file.Size))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>Deletes a snapshot for good. Where its repository is gone, the record is all there is.</summary>
    /// <exception cref="RefusedException">Git could not delete it.</exception>
    public Task EmptyAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(entry.Workspace.Id, async () =>
        {
            await _holders.DropRefAsync(entry, entry.Commit, environment, cancellationToken);
            _trash.Delete(entry.Id);
            return true;
        }, cancellationToken);

    /// <summary>Snapshots that a crash left half taken: their workspaces are whole, for a removal begins only after the snapshot.</summary>
    /// <param name="isBusy">Whether somebody may still be at it, by the id of the workspace.</param>
    public async Task DropUnfinishedAsync(Func<Workspace, bool> isBusy, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        foreach (var entry in _trash.Begun().Where(entry => !isBusy(entry.Workspace)))
        {
            await InTurnAsync(entry.Workspace.Id, async () =>
            {
                if (_trash.Find(entry.Id) is null && IsThere(entry) && await _holders.Repository(entry.Repository, environment).ResolveAsync(entry.Ref, cancellationToken) is { } commit)
                {
                    await _holders.DropRefAsync(entry, commit, environment, cancellationToken);
                }

                _trash.GiveUp(entry);
                TreeRemoval.Delete(_trash.Scratch(entry.Id), cancellationToken);
                return true;
            }, cancellationToken);
        }
    }

    private async Task<T> InTurnAsync<T>(string id, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(id, _ => new(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await TrashRefusal.GuardAsync(id, action);
        }
        finally
        {
            turn.Release();
        }
    }

}

/// <summary>One file of a snapshot.</summary>
/// <param name="Path">Relative to the workspace's root; the workspace's own git files under <c>.git</c>.</param>
/// <param name="State">tracked, changed, untracked, ignored, git.</param>
internal sealed record TrashedFile(string Path, string State, long Bytes);
