using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Merging;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Engine.Workers;

/// <summary>The workspaces of a host's workers, also of workers that are closed: look, merge, discard, and get back what was discarded.</summary>
public sealed class WorkspaceManager
{
    private readonly WorkerHost _host;
    private readonly Caller _caller;

    internal WorkspaceManager(WorkerHost host, Caller caller)
    {
        _host = host;
        _caller = caller;
    }

    private PlaceTools Tools => _host.Places.Tools;

    private IReadOnlyDictionary<string, string> Environment => _caller.Environment ?? _host.Environment;

    /// <summary>The oldest first. Workers that work in a directory have none.</summary>
    public IReadOnlyList<WorkspaceView> List() => [.. Visible().Select(ViewOf)];

    /// <exception cref="RefusedException">There is no such workspace.</exception>
    public WorkspaceView Get(string id) => ViewOf(Find(id));

    /// <summary>What it holds beyond what it started from, as it is now.</summary>
    /// <exception cref="RefusedException">There is no such workspace, or it cannot be read.</exception>
    public Task<WorkspaceChanges> ChangesAsync(string id, CancellationToken cancellationToken) =>
        Tools.Changes.ReadAsync(Find(id), Environment, cancellationToken);

    /// <summary>Writes its changes as a patch that <c>git apply</c> takes, binary files included.</summary>
    /// <exception cref="RefusedException">There is no such workspace, or it cannot be read.</exception>
    public Task WritePatchAsync(string id, Stream to, CancellationToken cancellationToken) =>
        Tools.Changes.WritePatchAsync(Find(id), to, Environment, cancellationToken);

    /// <summary>What would collide: with the target, and with the other workspaces.</summary>
    /// <param name="ids">Null for all that hold something.</param>
    /// <exception cref="RefusedException">There is no such workspace or branch.</exception>
    public async Task<IReadOnlyList<MergeForecast>> ForecastAsync(IReadOnlyList<string>? ids, string? into, CancellationToken cancellationToken)
    {
        var chosen = await ChosenAsync(ids, cancellationToken);
        return await Tools.Forecast.RunAsync(chosen, Visible(), into, Environment, cancellationToken);
    }

    /// <summary>Merges in the order given, each whole or not at all, and stops at the first that cannot be.</summary>
    /// <param name="ids">Null for all that hold something, the oldest first.</param>
    /// <returns>One for each that was tried; those after one that could not be merged are not tried.</returns>
    /// <exception cref="RefusedException">There is no such workspace or branch, or a worker's run goes on; nothing was merged.</exception>
    public Task<IReadOnlyList<MergeOutcome>> MergeAsync(IReadOnlyList<string>? ids, MergeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new PlaceMerging(_host, Environment).RunAsync(() => ChosenAsync(ids, cancellationToken), options, cancellationToken);
    }

    /// <summary>Takes a snapshot into the trash and removes the workspace.</summary>
    /// <returns>Null where there was nothing to lose.</returns>
    /// <exception cref="RefusedException">There is no such workspace, its worker is running, or the snapshot could not be taken: then it stays.</exception>
    public async Task<TrashEntry?> DiscardAsync(string id, CancellationToken cancellationToken)
    {
        _ = Find(id);
        using var held = await _host.Places.Locks.TakeAsync(id, cancellationToken);
        var workspace = Find(id);
        if (_host.Registry.TryFind(id, Caller.Owner) is not null)
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument, $"Worker '{id}' still works in its workspace. Close it first (worker_close, 'mcpworkers workers close {id}'); its workspace stays until it is discarded.");
        }

        return await Tools.Trashcan.RemoveAsync(workspace, "it was discarded", Environment, cancellationToken);
    }

    /// <summary>Removes workspaces without a worker that hold nothing, or nothing that is not merged.</summary>
    public async Task<PruneResult> PruneAsync(CancellationToken cancellationToken)
    {
        var removed = new List<string>();
        var kept = new Dictionary<string, string>();
        foreach (var workspace in Visible())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((HasWorker(workspace.Id) ? "its worker is there" : await _host.Places.TryRemoveUnusedAsync(workspace.Id)) is { } why)
            {
                kept[workspace.Id] = why;
            }
            else
            {
                removed.Add(workspace.Id);
            }
        }

        return new(removed, kept);
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<TrashEntry> Trash() => _caller.ParentRun is null ? Tools.Trashcan.List() : [];

    /// <exception cref="RefusedException">There is no such snapshot, or it cannot be read.</exception>
    public async Task<IReadOnlyList<TrashFile>> TrashFilesAsync(string trashId, CancellationToken cancellationToken) =>
        [.. (await Tools.Trashcan.FilesAsync(FindTrash(trashId), Environment, cancellationToken)).Select(file => new TrashFile(file.Path, file.State, file.Bytes))];

    /// <summary>Makes the workspace again as it was, by its old id. The snapshot stays.</summary>
    /// <exception cref="RefusedException">There is no such snapshot, its repository is gone, or a workspace of that id is there.</exception>
    public async Task<WorkspaceView> RestoreAsync(string trashId, CancellationToken cancellationToken)
    {
        var entry = FindTrash(trashId);
        using var held = await _host.Places.Locks.TakeAsync(entry.Workspace.Id, cancellationToken);
        return ViewOf(await Tools.Trashcan.RestoreAsync(entry, Environment, cancellationToken));
    }

    /// <summary>Deletes snapshots for good.</summary>
    /// <param name="trashIds">Null for all.</param>
    /// <returns>How many.</returns>
    /// <exception cref="RefusedException">There is no such snapshot; nothing was deleted.</exception>
    public async Task<int> EmptyTrashAsync(IReadOnlyList<string>? trashIds, CancellationToken cancellationToken)
    {
        var entries = trashIds is null ? Trash() : [.. trashIds.Distinct().Select(FindTrash)];
        foreach (var entry in entries)
        {
            await Tools.Trashcan.EmptyAsync(entry, Environment, cancellationToken);
        }

        return entries.Count;
    }

    /// <summary>Lets the commands of a repository's <c>.mcpworkers.yaml</c>, and its commit hooks where that asks for them, run, as they are now.</summary>
    /// <param name="directory">Absolute; in the repository.</param>
    /// <returns>A line for each thing that is trusted now.</returns>
    /// <exception cref="RefusedException">No repository, or it has no such file; or the caller works within a run.</exception>
    public Task<IReadOnlyList<string>> TrustAsync(string directory, CancellationToken cancellationToken) => _caller.ParentRun is null
        ? new TrustGiving(Tools).GiveAsync(RepositoryPlace.At(directory), Environment, cancellationToken)
        : throw new RefusedException(RefusalCode.Forbidden, "Trust in a repository is given by its user, not from within a worker's run.");

    private IReadOnlyList<Workspace> Visible() => [.. _host.Places.Folder.All().Where(IsVisible)];

    private bool IsVisible(Workspace workspace) =>
        _caller.ParentRun is null || _host.Registry.TryFind(workspace.Id, _caller) is not null;

    private bool HasWorker(string id) => _host.Registry.TryFind(id, Caller.Owner) is not null;

    /// <summary>Those named, or all that hold something beyond what is merged.</summary>
    private async Task<IReadOnlyList<Workspace>> ChosenAsync(IReadOnlyList<string>? ids, CancellationToken cancellationToken)
    {
        if (ids is not null)
        {
            return [.. ids.Distinct().Select(Find)];
        }

        var chosen = new List<Workspace>();
        foreach (var workspace in Visible().Where(workspace => workspace.Kind == WorkspaceKind.Worktree && HasRepository(workspace)))
        {
            var changes = await Tools.Changes.ReadAsync(workspace, Environment, cancellationToken);
            if (!changes.IsEmpty && changes.Head != workspace.MergedHead)
            {
                chosen.Add(workspace);
            }
        }

        return chosen;
    }

    /// <summary>One whose repository is gone has nothing to be merged into, and must not be in the way of those of other repositories.</summary>
    private static bool HasRepository(Workspace workspace) => Directory.Exists(Path.Combine(workspace.CommonDirectory, "objects"));

    private Workspace Find(string id)
    {
        if (_host.Places.Folder.Find(id) is { } workspace && IsVisible(workspace))
        {
            return workspace;
        }

        string known = string.Join(", ", Visible().Select(each => each.Id).Take(20));
        throw new RefusedException(
            RefusalCode.NotFound,
            HasWorker(id)
                ? $"Worker '{id}' works in a directory and has no workspace of its own. Spawn it with the workspace 'worktree' or 'clone'."
                : $"There is no workspace '{id}'. {(known.Length == 0 ? "There are none." : $"There are: {known}.")} One that was discarded may be in the trash.");
    }

    private TrashEntry FindTrash(string id) => Trash().FirstOrDefault(entry => entry.Id == id)
        ?? throw new RefusedException(RefusalCode.NotFound, $"There is no snapshot '{id}' in the trash. 'mcpworkers workers trash list' names those that there are.");

    private WorkspaceView ViewOf(Workspace workspace) => new()
    {
        Id = workspace.Id,
        Kind = workspace.Kind,
        Path = workspace.WorkingDirectory,
        Source = workspace.Source,
        Branch = workspace.BranchName,
        Target = RefNames.Short(workspace.Target),
        HasWorker = HasWorker(workspace.Id),
        Created = workspace.Created,
        MergedHead = workspace.MergedHead,
        Notes = workspace.Notes,
    };
}
