using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>
/// Ends the merges that a host left behind when it was killed. A branch that had moved is followed by its files; one that had not stays, and the files
/// with it. Either way nothing is half done, and what nobody committed is not touched.
/// </summary>
internal sealed class MergeRecovery(GitTool git, WorkspaceFolder folder)
{
    private readonly MergeFolder _merges = new(folder.Beside("merges"));

    /// <summary>Once at the start of a host, after what was left running of the last one has been ended. Merges of hosts that live are left alone.</summary>
    /// <returns>A sentence for each that was found, for the log.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var said = new List<string>();
        foreach (string id in _merges.All())
        {
            try
            {
                using var held = _merges.Begin(id);
                if (await EndAsync(id, environment, cancellationToken) is { } sentence)
                {
                    said.Add(sentence);
                }

                _merges.Drop(id);
            }
            catch (IOException e) when (e is not FileNotFoundException and not DirectoryNotFoundException)
            {
                // Held by a host that lives; or the disk is at fault, and the journal stays for the next start.
                said.Add($"The merge '{id}' was left as it is: {e.Message}");
            }
            catch (Exception e) when (e is GitException or JsonException or RefusedException or UnauthorizedAccessException)
            {
                said.Add($"The merge '{id}' could not be ended, and is tried again at the next start: {e.Message}");
            }
        }

        return said;
    }

    /// <summary>Ends one merge, whatever came of it, for whoever holds its directory; the directory and the journal stay.</summary>
    /// <returns>A sentence; null where it had not begun to do anything.</returns>
    /// <exception cref="GitException">It cannot be ended now.</exception>
    public async Task<string?> EndAsync(string id, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (_merges.Read(id) is not { } journal)
        {
            return null;
        }

        if (!Directory.Exists(journal.CommonDirectory))
        {
            return $"The merge of '{journal.Workspace}' was broken off, and its repository '{journal.CommonDirectory}' is gone.";
        }

        CheckTree.Remove(journal.CommonDirectory, _merges, id);
        if (journal.New is not { } wanted)
        {
            return $"The merge of '{journal.Workspace}' was broken off before it moved anything.";
        }

        var repository = git.Open(new(journal.CommonDirectory, journal.CommonDirectory, null), environment);
        bool moved = await repository.ResolveAsync(journal.Ref, cancellationToken) is { } now && await repository.IsWithinAsync(wanted, now, cancellationToken);
        if (journal is { CheckoutGitDirectory: { } gitDirectory, CheckoutRoot: { } root } && Directory.Exists(gitDirectory) && Directory.Exists(root))
        {
            await FilesAsync(journal, RepositoryPlace.OfWorktree(gitDirectory, journal.CommonDirectory, root), moved, environment, cancellationToken);
        }

        if (moved && folder.Find(journal.Workspace) is { } workspace)
        {
            folder.Write(workspace with { MergedHead = journal.Head });
        }

        return moved
            ? $"The merge of '{journal.Workspace}' into '{journal.Ref}' was finished."
            : $"The merge of '{journal.Workspace}' into '{journal.Ref}' was broken off before it moved anything.";
    }

    private async Task FilesAsync(
        MergeJournal journal, RepositoryPlace place, bool moved, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        bool untouched = IndexHold.Release(place, journal.Id);
        if (!moved)
        {
            // The branch goes first: where it did not go, no file has.
            return;
        }

        var checkout = git.Open(place, environment);
        if (await checkout.BranchAsync(cancellationToken) != journal.Ref
            || (!untouched && await checkout.ResolveAsync(journal.Ref, cancellationToken) != journal.New))
        {
            // Somebody took the lock away and went on from here, or let go of the branch: what the files are now is his.
            return;
        }

        using var hold = await IndexHold.TakeAsync(place, journal.Id, cancellationToken)
            ?? throw new GitException($"Another git command has the lock of the index in '{place.WorkTree}'.");
        string from = journal.Old ?? await checkout.EmptyTreeAsync(cancellationToken);
        await CheckoutMove.Over(checkout, hold).SettleAsync(from, journal.New!, cancellationToken);
        hold.Publish();
    }
}
