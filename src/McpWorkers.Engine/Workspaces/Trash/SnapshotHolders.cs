using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The repositories that hold snapshots: a worktree's own one, and one for all clones.</summary>
internal sealed class SnapshotHolders(GitTool tool, TrashFolder trash)
{
    /// <summary>The repository of a worktree, seen without the worktree; null for a clone, and where it is gone.</summary>
    public GitRepository? Of(Workspace workspace, IReadOnlyDictionary<string, string> environment) =>
        workspace.Kind == WorkspaceKind.Worktree && Directory.Exists(Path.Combine(workspace.CommonDirectory, "objects")) ? Repository(workspace.CommonDirectory, environment) : null;

    public GitRepository Repository(string commonDirectory, IReadOnlyDictionary<string, string> environment) =>
        tool.Open(new RepositoryPlace(commonDirectory, commonDirectory, null), environment);

    /// <summary>The bare repository that holds the snapshots of clones; made at first use.</summary>
    public async Task<GitRepository> ClonesAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        trash.Make();
        if (!File.Exists(Path.Combine(trash.Clones, "HEAD")))
        {
            await tool.RunAsync(["init", "--bare", "--quiet", "--template=", trash.Clones], Path.GetDirectoryName(trash.Clones)!, environment, TimeSpan.FromMinutes(1), cancellationToken);
        }

        return Repository(LinkedPath.Resolve(trash.Clones), environment);
    }

    /// <exception cref="RefusedException">The repository, or the snapshot in it, is gone.</exception>
    public async Task<GitRepository> OpenAsync(TrashEntry entry, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!Trashcan.IsThere(entry))
        {
            throw new RefusedException(
                RefusalCode.NotFound,
                $"The repository '{entry.Repository}', which holds the snapshot '{entry.Id}', is not there any more. Bring it back to that place; or empty '{entry.Id}' out of the trash.");
        }

        var holder = Repository(entry.Repository, environment);
        return await TrashRefusal.GuardAsync(entry.Id, () => holder.ResolveAsync(entry.Commit, cancellationToken)) is not null ? holder : throw new RefusedException(
            RefusalCode.NotFound, $"The repository '{entry.Repository}' does not hold the snapshot '{entry.Id}' (commit {entry.Commit}) any more. Empty '{entry.Id}' out of the trash.");
    }

    public static Task<SnapshotManifest> ManifestAsync(TrashEntry entry, GitRepository holder, CancellationToken cancellationToken) => TrashRefusal.GuardAsync(
        entry.Id,
        async () => JsonSerializer.Deserialize(
            await SnapshotContents.ReadOneAsync(holder, entry.Commit, SnapshotManifest.Name, cancellationToken), WorkspaceJson.Default.SnapshotManifest) is { Format: <= SnapshotManifest.FormatVersion } manifest
            ? manifest
            : throw new InvalidDataException("It was taken by a newer version."));

    /// <summary>Where the repository is gone, so is the snapshot.</summary>
    public async Task DropRefAsync(TrashEntry entry, string commit, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!Trashcan.IsThere(entry))
        {
            return;
        }

        await TrashRefusal.GuardAsync(entry.Id, async () =>
        {
            var holder = Repository(entry.Repository, environment);
            return await holder.ResolveAsync(entry.Ref, cancellationToken) is null || (await holder.RunAsync(["update-ref", "-d", entry.Ref, commit], cancellationToken)).Succeeded;
        });
    }
}
