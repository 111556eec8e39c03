using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>
/// The second half of a removal, as the file <c>removal.json</c> beside a workspace's record says it: nothing is asked any more. Each step may
/// be done twice.
/// </summary>
/// <param name="TrashId">The snapshot; null where there was nothing to lose.</param>
/// <param name="BranchHead">Where the branch stood: it is deleted only if it stands there still.</param>
/// <param name="IsUnfinished">It never was made whole, so nobody has worked there.</param>
internal sealed record Removal(string? TrashId, string? BranchHead, bool IsUnfinished)
{
    private const string FileName = "removal.json";

    /// <summary>What the host has beside a place, in the order in which it goes.</summary>
    public static readonly string[] OwnFiles = ["workspace.json", "workspace.json.new", "index", "index.lock", FileName];

    /// <summary>From here on the removal is gone on with after a crash.</summary>
    public void Write(WorkspaceFolder folder, Workspace workspace)
    {
        folder.Make(workspace.Id);
        using (var file = new FileStream(Path.Combine(folder.PathOf(workspace.Id), FileName), FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, WorkspaceJson.Default.Removal);
            file.Flush(flushToDisk: true);
        }

        folder.Write(workspace with { State = WorkspaceState.Removing });
    }

    public static Removal? Read(WorkspaceFolder folder, string id)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder.PathOf(id), FileName));
            return JsonSerializer.Deserialize(file, WorkspaceJson.Default.Removal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <param name="holder">The worktree's repository; null for a clone, and where the repository is gone.</param>
    /// <exception cref="IOException">Something could not be deleted; it can be gone on with.</exception>
    public async Task FinishAsync(WorkspaceFolder folder, Workspace workspace, GitRepository? holder, CancellationToken cancellationToken)
    {
        // The place before the entry: git takes an entry without a place for garbage, while a place without an entry is nothing that it knows.
        TreeRemoval.Delete(workspace.Root, cancellationToken);
        if (workspace.Kind == WorkspaceKind.Worktree && holder is not null)
        {
            if (WorktreeEntries.IsOf(workspace))
            {
                TreeRemoval.Delete(workspace.GitDirectory, cancellationToken);
            }

            foreach (string entry in WorktreeEntries.Within(workspace).ToList())
            {
                TreeRemoval.Delete(entry, cancellationToken);
            }

            if (BranchHead is not null && !WorktreeEntries.IsCheckedOut(workspace.CommonDirectory, workspace.Branch))
            {
                // Where somebody moved it meanwhile it stays: then it is not what the snapshot holds.
                await holder.TryAsync(["update-ref", "-d", workspace.Branch, BranchHead], cancellationToken);
            }

            await InnerBringing.GiveUpAsync(holder, workspace.Id, cancellationToken);
        }

        new InnerPlace(folder.PathOf(workspace.Id)).Delete();
        Forget(folder.PathOf(workspace.Id));
    }

    /// <summary>The record first, then what is beside it: but what somebody put there is in no snapshot, so it stays.</summary>
    private void Forget(string directory)
    {
        foreach (string own in OwnFiles)
        {
            File.Delete(Path.Combine(directory, own));
        }

        if (IsUnfinished || !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            TreeRemoval.Delete(directory);
        }
    }
}
