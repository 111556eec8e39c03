using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>What comes before anything is removed: a look at what would be lost, and a snapshot of it.</summary>
internal sealed class RemovalStart(
    GitTool tool, WorkspaceFolder folder, TrashFolder trash, SnapshotHolders holders, WorkspaceSettings settings, TimeProvider time)
{
    private readonly InnerRepository _inner = new(tool, settings);

    /// <summary>What the agent committed in a container, and a host that died did not bring: only then it is part of what is looked at.</summary>
    /// <returns>What cannot be brought, in a few words; null for nothing.</returns>
    public async Task<string?> BringBackAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
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

    /// <summary>A removal that was begun and is still good: its snapshot, if it needed one, is there. Null where none was.</summary>
    public async Task<(Removal Removal, TrashEntry? Entry)?> BegunAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (folder.Find(workspace.Id) is not { State: WorkspaceState.Removing } || Removal.Read(folder, workspace.Id) is not { } removal)
        {
            return null;
        }

        if (removal.TrashId is null)
        {
            return (removal, null);
        }

        var entry = trash.Find(removal.TrashId);
        bool isHeld = entry is not null && Trashcan.IsThere(entry) && await holders.Repository(entry.Repository, environment).ResolveAsync(entry.Ref, cancellationToken) == entry.Commit;
        return isHeld ? (removal, entry) : null;
    }

    /// <summary>Takes a snapshot where anything would be lost, and writes down that the removal has begun.</summary>
    public async Task<(Removal Removal, TrashEntry? Entry)> BeginAsync(
        Workspace workspace, string why, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var holder = holders.Of(workspace, environment);
        string? branchHead = workspace.Kind == WorkspaceKind.Worktree && holder is not null ? await holder.ResolveAsync(workspace.Branch, cancellationToken) : null;
        string? loss = await FindLossAsync(workspace, environment, cancellationToken);
        var entry = loss is null ? null : await TakeAsync(workspace, $"{why}; it holds {loss}", holder, environment, cancellationToken);
        var removal = new Removal(entry?.Entry.Id, entry is null ? branchHead : entry.BranchHead, workspace.State == WorkspaceState.Creating);
        removal.Write(folder, workspace);
        return (removal, entry?.Entry);
    }

    /// <summary>What would be lost, in a few words; null for nothing.</summary>
    public async Task<string?> FindLossAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var holder = holders.Of(workspace, environment);
        bool hasFiles = Directory.Exists(workspace.Root) && Directory.EnumerateFileSystemEntries(workspace.Root).Any();
        bool hasGit = workspace.Kind == WorkspaceKind.Worktree ? WorktreeEntries.IsOf(workspace) : Directory.Exists(workspace.GitDirectory);
        if (holder is null && workspace.Kind == WorkspaceKind.Worktree)
        {
            return hasFiles ? "files, and its repository is gone" : null;
        }

        return await TrashRefusal.GuardAsync(workspace.Id, async () =>
        {
            bool isUsable = workspace.Kind == WorkspaceKind.Worktree ? WorktreeEntries.IsUsable(workspace) : hasGit;
            if (isUsable && Directory.Exists(workspace.Root))
            {
                trash.Make();
                return await new LossCheck(workspace, tool.Open(workspace.Place, environment), settings)
                    .FindAsync(trash.Scratch(workspace.Id), cancellationToken);
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
        return await TrashRefusal.GuardAsync(workspace.Id, async () =>
        {
            holder ??= await holders.ClonesAsync(environment, cancellationToken);
            var entry = trash.Begin(
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
                    workspace, holder.Raw(), hasGit ? tool.Open(workspace.Place, environment) : null, entry.Ref, why, trash.Scratch(entry.Id), cancellationToken);

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
                trash.Finish(entry);
                return new Taken(entry, taken.Manifest.BranchHead);
            }
            catch
            {
                if (await holder.ResolveAsync(entry.Ref, CancellationToken.None) is { } commit)
                {
                    await holder.TryAsync(["update-ref", "-d", entry.Ref, commit], CancellationToken.None);
                }

                trash.GiveUp(entry);
                throw;
            }
        });
    }

    private sealed record Taken(TrashEntry Entry, string? BranchHead);
}
