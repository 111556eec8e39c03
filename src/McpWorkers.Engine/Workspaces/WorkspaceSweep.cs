using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Engine.Workspaces;

/// <summary>What a sweep came to.</summary>
/// <param name="Removed">Ids whose places are gone.</param>
/// <param name="Kept">Ids without a worker that stay, and why.</param>
/// <param name="Unknown">Directories without a record that can be read: whose they are is not known, so they stay.</param>
internal sealed record SweepResult(IReadOnlyList<string> Removed, IReadOnlyDictionary<string, string> Kept, IReadOnlyList<string> Unknown);

/// <summary>
/// Goes over all workspaces: what was being made or removed when a host died is gone on with, and what no worker has and holds nothing is
/// removed. Nothing is removed without its snapshot, or without evidence that nothing is lost.
/// </summary>
/// <param name="environment">Of the host: nobody else asks here.</param>
internal sealed class WorkspaceSweep(WorkspaceFolder folder, Trashcan trash, IReadOnlyDictionary<string, string> environment)
{
    /// <param name="hasWorker">Whether a worker of this id is there, or is being made.</param>
    /// <param name="isOwnerAlive">Whether the host with this mark is at work, other than the one that sweeps: what is its own is left alone.</param>
    public async Task<SweepResult> RunAsync(Func<string, bool> hasWorker, Func<string, bool> isOwnerAlive, CancellationToken cancellationToken)
    {
        var removed = new List<string>();
        var kept = new Dictionary<string, string>();
        foreach (var workspace in folder.All().Where(workspace => !isOwnerAlive(workspace.OwnerMark)))
        {
            await JudgeAsync(workspace, hasWorker(workspace.Id), removed, kept, cancellationToken);
        }

        foreach (var lost in LostEntries().ToList())
        {
            await JudgeAsync(lost, false, removed, kept, cancellationToken);
        }

        await trash.DropUnfinishedAsync(workspace => isOwnerAlive(workspace.OwnerMark), environment, cancellationToken);
        return new(removed, kept, [.. Unknown(hasWorker, removed)]);
    }

    private async Task JudgeAsync(Workspace workspace, bool hasWorker, List<string> removed, Dictionary<string, string> kept, CancellationToken cancellationToken)
    {
        try
        {
            // One that is being made now has a worker too, to be. A removal that was begun is gone on with in any case: its snapshot is taken,
            // and where this very host is at it, its turn is waited for.
            if (hasWorker && workspace.State != WorkspaceState.Removing)
            {
                return;
            }

            if (workspace.State == WorkspaceState.Ready)
            {
                if (await trash.LossAsync(workspace, environment, cancellationToken) is { } loss)
                {
                    kept[workspace.Id] = $"it holds {loss}";
                    return;
                }
            }

            await trash.RemoveAsync(workspace, workspace.State == WorkspaceState.Creating ? "its making was interrupted" : "left behind without a worker", environment, cancellationToken);
            removed.Add(workspace.Id);
        }
        catch (RefusedException e)
        {
            kept[workspace.Id] = e.Message;
        }
    }

    /// <summary>Entries of worktrees in git whose place and record are both gone: what their logs hold is looked at like any other's.</summary>
    private IEnumerable<Workspace> LostEntries()
    {
        foreach (string common in Repositories())
        {
            foreach (var (entry, root) in WorktreeEntries.All(common))
            {
                string id = LinkedPath.IsWithin(root, folder.Root) ? Path.GetRelativePath(folder.Root, root).Split(Path.DirectorySeparatorChar)[0] : ".";
                if (id is "." or ".." || Directory.Exists(folder.PathOf(id)))
                {
                    continue;
                }

                yield return new()
                {
                    Id = id,
                    Kind = WorkspaceKind.Worktree,
                    State = WorkspaceState.Creating,
                    Root = root,
                    WorkingDirectory = root,
                    GitDirectory = entry,
                    CommonDirectory = common,
                    Source = common,
                    Branch = "refs/heads/mcpworkers/" + id,
                    OwnerMark = "",
                    Created = DateTimeOffset.UnixEpoch,
                };
            }
        }
    }

    /// <summary>Every repository that the records, the trash and the host's own git know of.</summary>
    private HashSet<string> Repositories()
    {
        var known = folder.All().Where(each => each.Kind == WorkspaceKind.Worktree).Select(each => each.CommonDirectory)
            .Concat(trash.List().Where(each => each.Workspace.Kind == WorkspaceKind.Worktree).Select(each => each.Workspace.CommonDirectory));
        string shadows = folder.Beside("git");
        var seen = Directory.Exists(shadows)
            ? Directory.EnumerateDirectories(shadows).Select(shadow => Path.GetDirectoryName(new FileInfo(Path.Combine(shadow, "refs")).LinkTarget)).OfType<string>()
            : [];
        return [.. known.Concat(seen).Where(Directory.Exists)];
    }

    private IEnumerable<string> Unknown(Func<string, bool> hasWorker, List<string> removed)
    {
        if (!Directory.Exists(folder.Root))
        {
            yield break;
        }

        foreach (string directory in Directory.EnumerateDirectories(folder.Root))
        {
            string id = Path.GetFileName(directory);

            // One that is being made has its directory before its record.
            if (folder.Find(id) is not null || hasWorker(id))
            {
                continue;
            }

            // A removal deletes the record and then the directory: killed between the two it leaves no more than its own file.
            if (!Directory.EnumerateFileSystemEntries(directory).Any(entry => !Removal.OwnFiles.Contains(Path.GetFileName(entry))))
            {
                TreeRemoval.Delete(directory);
                removed.Add(id);
                continue;
            }

            yield return directory;
        }
    }
}
