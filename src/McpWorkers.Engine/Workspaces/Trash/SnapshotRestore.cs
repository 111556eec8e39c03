using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>Makes a workspace again out of its snapshot.</summary>
internal sealed class SnapshotRestore(WorkspaceFolder folder, TrashEntry entry, SnapshotManifest manifest, GitRepository holder)
{
    private readonly Workspace _workspace = manifest.Workspace;

    /// <exception cref="RefusedException">Something is where it was.</exception>
    /// <exception cref="GitException">The snapshot cannot be read.</exception>
    public async Task<Workspace> RunAsync(CancellationToken cancellationToken)
    {
        CheckFree();
        var files = (await SnapshotContents.FilesAsync(holder, entry.Commit, cancellationToken))
            .Where(file => file.Path != SnapshotManifest.Name && !RawName.IsWithin(file.Path, Snapshot.Objects)).ToList();
        folder.Make(_workspace.Id);
        folder.Write(_workspace with { State = WorkspaceState.Creating });
        var notes = new List<string>(_workspace.Notes);
        bool hasBranch = await MakeBranchAsync(cancellationToken);
        using (var writer = new TreeWriter(Roots(hasBranch)))
        {
            foreach (string empty in manifest.EmptyDirectories)
            {
                writer.MakeDirectory(SnapshotName.FromText(empty));
            }

            await SnapshotContents.ReadAsync(
                holder,
                [.. files.Where(file => writer.Takes(SnapshotName.OnDisk(file.Path)))],
                (file, content) => writer.WriteAsync(SnapshotName.OnDisk(file.Path), file, content, cancellationToken),
                cancellationToken);

            // The deepest first: a directory that is made read-only lets nobody into it.
            foreach (var (path, mode) in manifest.Modes.Select(each => (SnapshotName.FromText(each.Key), Convert.ToInt32(each.Value, 8))).OrderByDescending(each => each.Item1.Count(c => c == '/')))
            {
                writer.SetMode(path, mode);
            }

            writer.Sync();
        }

        if (!hasBranch && manifest.BranchHead is not null && Detach())
        {
            notes.Add($"The branch '{_workspace.BranchName}' is there and stands elsewhere, so HEAD was detached at {manifest.Head}.");
        }

        var restored = _workspace with { State = WorkspaceState.Ready, Notes = notes };
        folder.Write(restored);
        return restored;
    }

    private void CheckFree()
    {
        string? taken = folder.Find(_workspace.Id) is not null ? folder.PathOf(_workspace.Id)
            : manifest.Roots.Where(root => root.Key is SnapshotRoot.Work or SnapshotRoot.GitFiles).Select(root => root.Value).FirstOrDefault(path => Directory.Exists(path) || File.Exists(path));
        if (taken is not null)
        {
            throw new RefusedException(
                RefusalCode.AlreadyOwned,
                $"'{entry.Id}' cannot be restored: '{taken}' is there. Merge or discard the workspace '{_workspace.Id}' that is there now, or move that directory away, and try again.");
        }
    }

    /// <returns>Whether the branch is as it was.</returns>
    private async Task<bool> MakeBranchAsync(CancellationToken cancellationToken)
    {
        if (manifest.BranchHead is not { } head)
        {
            return true;
        }

        if (await holder.ResolveAsync(_workspace.Branch, cancellationToken) is { } there)
        {
            return there == head && !WorktreeEntries.IsCheckedOut(_workspace.CommonDirectory, _workspace.Branch);
        }

        // Only where it is not there: the old value is none.
        return (await holder.TryAsync(["update-ref", _workspace.Branch, head, new string('0', head.Length)], cancellationToken)).Succeeded;
    }

    /// <summary>Where each part goes. What a repository got anew meanwhile stays as it is.</summary>
    private Dictionary<string, string> Roots(bool hasBranch) => manifest.Roots
        .Where(root => root.Key is SnapshotRoot.Work or SnapshotRoot.GitFiles || (root.Key == SnapshotRoot.BranchLog ? hasBranch : !Directory.Exists(root.Value)))
        .ToDictionary(root => root.Key, root => root.Value);

    private bool Detach()
    {
        string head = Path.Combine(_workspace.GitDirectory, "HEAD");
        if (manifest.Head is null || !File.Exists(head) || File.ReadAllText(head).TrimEnd('\n') != "ref: " + _workspace.Branch)
        {
            return false;
        }

        File.WriteAllText(head, manifest.Head + "\n");
        return true;
    }
}
