using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>A snapshot that was taken, and read back.</summary>
internal sealed record SnapshotTaken(string Commit, SnapshotManifest Manifest);

/// <summary>Takes snapshots: again from the beginning where something changed meanwhile, and none counts until it was read back.</summary>
internal sealed class Snapshotter(WorkspaceSettings settings, TimeProvider time)
{
    private const int AttemptsMax = 5;

    /// <param name="holder">Where it goes.</param>
    /// <param name="worktree">The workspace for git; null where its git directory is gone.</param>
    /// <param name="scratch">A file that may be made meanwhile.</param>
    /// <exception cref="RefusedException">Files keep changing.</exception>
    /// <exception cref="GitException">Git cannot read the workspace, or cannot write the snapshot.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">What was written is not what was read.</exception>
    public async Task<SnapshotTaken> TakeAsync(
        Workspace workspace, GitRepository holder, GitRepository? worktree, string reference, string why, string scratch, CancellationToken cancellationToken)
    {
        string format = (await holder.RunAsync(["rev-parse", "--show-object-format"], cancellationToken)).Text;
        FileChangedException? changed = null;
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            try
            {
                return await TryAsync(workspace, holder, worktree, reference, why, scratch, format, cancellationToken);
            }
            catch (FileChangedException e)
            {
                changed = e;
            }
        }

        throw new RefusedException(
            RefusalCode.InvalidArgument,
            $"The workspace '{workspace.Id}' is being written to: {changed!.Message} Nothing was removed. Stop what still works in '{workspace.Root}', and try again.");
    }

    private async Task<SnapshotTaken> TryAsync(
        Workspace workspace, GitRepository holder, GitRepository? worktree, string reference, string why, string scratch, string format, CancellationToken cancellationToken)
    {
        bool isClone = workspace.Kind != WorkspaceKind.Worktree;
        var held = isClone || holder.Place.CommonDirectory != workspace.CommonDirectory
            ? new HeldObjects(null, null, [], new Dictionary<string, bool>())
            : await HeldObjects.OfAsync(workspace, holder, worktree, cancellationToken);
        var files = worktree is null || !Directory.Exists(workspace.Root) ? null : await FilesAsync(workspace, worktree, scratch, isClone, cancellationToken);

        // What an index names is taken as being there only in the repository that it belongs to.
        var snapshot = new Snapshot(workspace, files, held, time) { HasObjects = holder.Place.CommonDirectory == workspace.CommonDirectory };
        await snapshot.WriteAsync(holder, reference, format, why, cancellationToken);
        snapshot.CheckUnchanged(format);
        string commit = await holder.ResolveAsync(reference, cancellationToken) ?? throw new InvalidDataException($"The snapshot '{reference}' is not there.");
        await CheckAsync(holder, commit, snapshot.Files, workspace.Branch, format, cancellationToken);
        return new(commit, snapshot.Manifest!);
    }

    private async Task<WorkFiles?> FilesAsync(Workspace workspace, GitRepository worktree, string scratch, bool isClone, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(scratch, WorkFiles.Patterns(settings), cancellationToken);
            return await WorkFiles.ReadAsync(workspace, worktree, settings, scratch, cancellationToken);
        }
        catch (GitException) when (isClone)
        {
            // Its repository is broken, and goes along file by file as it is: nothing is left out then.
            return null;
        }
        finally
        {
            File.Delete(scratch);
        }
    }

    /// <summary>Reads back what was written: the same files, each with the bytes that its id says, and every commit whole.</summary>
    private static async Task CheckAsync(
        GitRepository holder, string commit, IReadOnlyList<SnapshotFile> expected, string branch, string format, CancellationToken cancellationToken)
    {
        var found = await SnapshotContents.FilesAsync(holder, commit, cancellationToken);
        var kept = found.Where(file => !RawName.IsWithin(file.Path, Snapshot.Objects)).ToDictionary(file => file.Path);
        if (kept.Count != expected.Count || expected.FirstOrDefault(file => kept.GetValueOrDefault(file.Path) != file) is not null)
        {
            throw new InvalidDataException($"The snapshot {commit} has {kept.Count} files where {expected.Count} were written, or others.");
        }

        await SnapshotContents.ReadAsync(
            holder,
            [.. expected.DistinctBy(file => file.ObjectId)],
            async (file, content) =>
            {
                using var hash = new BlobHash(format, content.Length);
                byte[] buffer = new byte[1 << 16];
                while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                {
                    hash.Add(buffer.AsSpan(0, read));
                }

                if (hash.Finish() != file.ObjectId)
                {
                    throw new InvalidDataException($"'{RawName.ToText(file.Path)}' came back from the snapshot {commit} with other bytes.");
                }
            },
            cancellationToken);

        // Ends with an error where anything that the commits need is not there.
        var holders = await HeldObjects.HoldersAsync(holder, branch, cancellationToken);
        byte[] input = Encoding.ASCII.GetBytes($"{commit}\n{string.Concat(holders.Select(id => $"^{id}\n"))}");
        await holder.RunAsync(["rev-list", "--objects", "--quiet", "--stdin"], input, cancellationToken);
    }
}
