using System.Collections.Concurrent;
using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;
using McpWorkers.Engine.Workspaces.Ports;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>Removes workspaces so that nothing is lost with them, and brings them back.</summary>
internal sealed class Trashcan(GitTool tool, WorkspaceFolder folder, WorkspaceSettings settings, PortLeases ports, TimeProvider time)
{
    private readonly TrashFolder _trash = new(folder.Beside("trash"));
    private readonly InnerRepository _inner = new(tool, settings);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>Removes a workspace: its place, its entry in git, its branch, its record. Where anything would be lost, a snapshot is taken first.</summary>
    /// <param name="why">For whoever looks into the trash, such as "discarded".</param>
    /// <param name="environment">Whose git configuration counts.</param>
    /// <returns>The snapshot; null where there was nothing to lose.</returns>
    /// <exception cref="RefusedException">The snapshot could not be taken: nothing was removed. Or it was taken, and something could not be deleted.</exception>
    public Task<TrashEntry?> RemoveAsync(Workspace workspace, string why, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(workspace.Id, async () =>
        {
            // A removal that was begun needs no second snapshot, unless the first has gone meanwhile.
            string? left = await BringBackAsync(workspace, environment, cancellationToken);
            why = left is null ? why : $"{why}; {left} stays where it is";
            var (removal, entry) = await BegunAsync(workspace, environment, cancellationToken) ?? await BeginAsync(workspace, why, environment, cancellationToken);
            await removal.FinishAsync(folder, workspace, Holder(workspace, environment), cancellationToken);
            tool.Forget(workspace.GitDirectory);
            ports.Release(workspace.Id);
            return entry;
        }, cancellationToken);

    /// <summary>What would be lost if a workspace were removed, in a few words; null for nothing.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public Task<string?> LossAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(
            workspace.Id,
            async () => await BringBackAsync(workspace, environment, cancellationToken) ?? await FindLossAsync(workspace, environment, cancellationToken),
            cancellationToken);

    /// <summary>Makes the workspace again as it was, by its old id. The snapshot stays.</summary>
    /// <exception cref="RefusedException">Its repository is gone, something is where it was, or the snapshot cannot be read.</exception>
    public Task<Workspace> RestoreAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync(entry.Workspace.Id, async () =>
        {
            var holder = await OpenAsync(entry, environment, cancellationToken);
            var manifest = await ManifestAsync(entry, holder, cancellationToken);
            return await new SnapshotRestore(folder, entry, manifest, holder).RunAsync(cancellationToken);
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
        var holder = await OpenAsync(entry, environment, cancellationToken);
        var manifest = await ManifestAsync(entry, holder, cancellationToken);
        var files = await ToldAsync(entry.Id, () => SnapshotContents.FilesAsync(holder, entry.Commit, cancellationToken));
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
            await DropRefAsync(entry, entry.Commit, environment, cancellationToken);
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
                if (_trash.Find(entry.Id) is null && IsThere(entry) && await Repository(entry.Repository, environment).ResolveAsync(entry.Ref, cancellationToken) is { } commit)
                {
                    await DropRefAsync(entry, commit, environment, cancellationToken);
                }

                _trash.GiveUp(entry);
                TreeRemoval.Delete(_trash.Scratch(entry.Id), cancellationToken);
                return true;
            }, cancellationToken);
        }
    }

    private async Task<(Removal Removal, TrashEntry? Entry)?> BegunAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (folder.Find(workspace.Id) is not { State: WorkspaceState.Removing } || Removal.Read(folder, workspace.Id) is not { } removal)
        {
            return null;
        }

        if (removal.TrashId is null)
        {
            return (removal, null);
        }

        var entry = _trash.Find(removal.TrashId);
        bool isHeld = entry is not null && IsThere(entry) && await Repository(entry.Repository, environment).ResolveAsync(entry.Ref, cancellationToken) == entry.Commit;
        return isHeld ? (removal, entry) : null;
    }

    private async Task<(Removal Removal, TrashEntry? Entry)> BeginAsync(
        Workspace workspace, string why, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var holder = Holder(workspace, environment);
        string? branchHead = workspace.Kind == WorkspaceKind.Worktree && holder is not null ? await holder.ResolveAsync(workspace.Branch, cancellationToken) : null;
        string? loss = await FindLossAsync(workspace, environment, cancellationToken);
        var entry = loss is null ? null : await TakeAsync(workspace, $"{why}; it holds {loss}", holder, environment, cancellationToken);
        var removal = new Removal(entry?.Entry.Id, entry is null ? branchHead : entry.BranchHead, workspace.State == WorkspaceState.Creating);
        removal.Write(folder, workspace);
        return (removal, entry?.Entry);
    }

    /// <summary>What the agent committed in a container, and a host that died did not bring: only then it is part of what is looked at.</summary>
    /// <returns>What cannot be brought, in a few words; null for nothing.</returns>
    private async Task<string?> BringBackAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var place = InnerPlace.Of(workspace);
        if (place.Exists && workspace.State != WorkspaceState.Removing)
        {
            try
            {
                await _inner.BringBackAsync(workspace, environment, cancellationToken);
            }
            catch (RefusedException)
            {
                place.PutAside();
            }
        }

        return place.SetAside() is [var left, ..] ? $"what its container had ('{left}')" : null;
    }

    private async Task<string?> FindLossAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var holder = Holder(workspace, environment);
        bool hasFiles = Directory.Exists(workspace.Root) && Directory.EnumerateFileSystemEntries(workspace.Root).Any();
        bool hasGit = workspace.Kind == WorkspaceKind.Worktree ? WorktreeEntries.IsOf(workspace) : Directory.Exists(workspace.GitDirectory);
        if (holder is null && workspace.Kind == WorkspaceKind.Worktree)
        {
            return hasFiles ? "files, and its repository is gone" : null;
        }

        return await ToldAsync(workspace.Id, async () =>
        {
            bool isUsable = workspace.Kind == WorkspaceKind.Worktree ? WorktreeEntries.IsUsable(workspace) : hasGit;
            if (isUsable && Directory.Exists(workspace.Root))
            {
                _trash.Make();
                return await new LossCheck(workspace, tool.Open(workspace.Place, environment), settings)
                    .FindAsync(_trash.Scratch(workspace.Id), cancellationToken);
            }

            // Cut off before git had made it: nobody has worked there.
            bool isBarelyBegun = workspace.State == WorkspaceState.Creating && !isUsable
                && !(hasFiles && Directory.EnumerateFileSystemEntries(workspace.Root).Any(entry => Path.GetFileName(entry) != ".git"));
            if ((hasFiles || hasGit) && !isBarelyBegun)
            {
                return hasFiles ? "files without a git directory" : "a git directory without files";
            }

            if (holder is null || await holder.ResolveAsync(workspace.Branch, cancellationToken) is not { } head || head == workspace.Base)
            {
                return null;
            }

            return (await HeldObjects.UnheldAsync(holder, [head], workspace.Branch, cancellationToken)).Count > 0 ? $"the commit {head}" : null;
        });
    }

    private async Task<Taken> TakeAsync(
        Workspace workspace, string why, GitRepository? holder, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        return await ToldAsync(workspace.Id, async () =>
        {
            holder ??= await ClonesAsync(environment, cancellationToken);
            var entry = _trash.Begin(
                id => new()
                {
                    Id = id,
                    Workspace = workspace,
                    Repository = holder.Place.CommonDirectory,
                    Ref = "refs/mcpworkers/trash/" + id,
                    Commit = "",
                    Taken = time.GetUtcNow(),
                    Why = why,
                },
                workspace.Id,
                time.GetUtcNow());
            try
            {
                bool hasGit = Directory.Exists(workspace.Root) && (workspace.Kind == WorkspaceKind.Worktree ? WorktreeEntries.IsUsable(workspace) : File.Exists(Path.Combine(workspace.GitDirectory, "HEAD")));
                var taken = await new Snapshotter(settings, time).TakeAsync(
                    workspace, holder.Raw(), hasGit ? tool.Open(workspace.Place, environment) : null, entry.Ref, why, _trash.Scratch(entry.Id), cancellationToken);

                // What the agent's own git wrote in the last seconds, and the snapshot leads to, need not be on the disk yet.
                using (var objects = OpenDirectory.Open(LinkedPath.Resolve(Path.Combine(holder.Place.CommonDirectory, "objects"))))
                {
                    objects.Sync();
                }

                entry = entry with
                {
                    Commit = taken.Commit,
                    Files = taken.Manifest.Files,
                    Bytes = taken.Manifest.Bytes,
                    LeftOut = [.. taken.Manifest.LeftOut.Select(each => $"{each.Key}: {each.Value}")],
                };
                _trash.Finish(entry);
                return new Taken(entry, taken.Manifest.BranchHead);
            }
            catch
            {
                if (await holder.ResolveAsync(entry.Ref, CancellationToken.None) is { } commit)
                {
                    await holder.TryAsync(["update-ref", "-d", entry.Ref, commit], CancellationToken.None);
                }

                _trash.GiveUp(entry);
                throw;
            }
        });
    }

    /// <summary>The repository of a worktree, seen without the worktree; null for a clone, and where it is gone.</summary>
    private GitRepository? Holder(Workspace workspace, IReadOnlyDictionary<string, string> environment) =>
        workspace.Kind == WorkspaceKind.Worktree && Directory.Exists(Path.Combine(workspace.CommonDirectory, "objects")) ? Repository(workspace.CommonDirectory, environment) : null;

    private GitRepository Repository(string commonDirectory, IReadOnlyDictionary<string, string> environment) =>
        tool.Open(new RepositoryPlace(commonDirectory, commonDirectory, null), environment);

    private async Task<GitRepository> ClonesAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        _trash.Make();
        if (!File.Exists(Path.Combine(_trash.Clones, "HEAD")))
        {
            await tool.RunAsync(["init", "--bare", "--quiet", "--template=", _trash.Clones], Path.GetDirectoryName(_trash.Clones)!, environment, TimeSpan.FromMinutes(1), cancellationToken);
        }

        return Repository(LinkedPath.Resolve(_trash.Clones), environment);
    }

    private async Task<GitRepository> OpenAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!IsThere(entry))
        {
            throw new RefusedException(
                RefusalCode.NotFound,
                $"The repository '{entry.Repository}', which holds the snapshot '{entry.Id}', is not there any more. Bring it back to that place; or empty '{entry.Id}' out of the trash.");
        }

        var holder = Repository(entry.Repository, environment);
        return await ToldAsync(entry.Id, () => holder.ResolveAsync(entry.Commit, cancellationToken)) is not null ? holder : throw new RefusedException(
            RefusalCode.NotFound, $"The repository '{entry.Repository}' does not hold the snapshot '{entry.Id}' (commit {entry.Commit}) any more. Empty '{entry.Id}' out of the trash.");
    }

    private static Task<SnapshotManifest> ManifestAsync(TrashEntry entry, GitRepository holder, CancellationToken cancellationToken) => ToldAsync(
        entry.Id,
        async () => JsonSerializer.Deserialize(
            await SnapshotContents.ReadOneAsync(holder, entry.Commit, SnapshotManifest.Name, cancellationToken), WorkspaceJson.Default.SnapshotManifest) is { Format: <= SnapshotManifest.FormatVersion } manifest
            ? manifest
            : throw new InvalidDataException("It was taken by a newer version."));

    private async Task DropRefAsync(TrashEntry entry, string commit, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!IsThere(entry))
        {
            return;
        }

        await ToldAsync(entry.Id, async () =>
        {
            var holder = Repository(entry.Repository, environment);
            return await holder.ResolveAsync(entry.Ref, cancellationToken) is null || (await holder.RunAsync(["update-ref", "-d", entry.Ref, commit], cancellationToken)).Succeeded;
        });
    }

    private async Task<T> InTurnAsync<T>(string id, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(id, _ => new(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await ToldAsync(id, action);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What goes wrong below, in words for a user.</summary>
    private static async Task<T> ToldAsync<T>(string id, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"'{id}': {e.Message.TrimEnd('.', '\n')}. What is not in the trash is still in its place. Make it readable and writable for this user, or mend the repository ('git fsck'), and try again.");
        }
    }

    private sealed record Taken(TrashEntry Entry, string? BranchHead);
}

/// <summary>One file of a snapshot.</summary>
/// <param name="Path">Relative to the workspace's root; the workspace's own git files under <c>.git</c>.</param>
/// <param name="State">tracked, changed, untracked, ignored, git.</param>
internal sealed record TrashedFile(string Path, string State, long Bytes);
