using System.Text;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// Moves the worker's branch and the worktree's HEAD to where the agent has them in its repository. What cannot be there, and whatever else the
/// agent has, is kept on refs of its own.
/// </summary>
/// <param name="outside">The worktree, which has all of the objects by now.</param>
internal sealed class InnerBringing(Workspace workspace, GitRepository outside, InnerPlace place)
{
    private const int KeptMax = 100;
    private const string Replaced = "commits that the agent replaced";

    private readonly List<string> _notes = [];

    /// <summary>By commit: how it is called for people.</summary>
    private readonly Dictionary<string, string> _kept = [];

    /// <summary>The commits that are kept of a workspace by refs of their own.</summary>
    /// <exception cref="GitException">They cannot be listed.</exception>
    public static async Task<IReadOnlyList<string>> KeptAsync(GitRepository repository, string workspaceId, CancellationToken cancellationToken) =>
        (await repository.RunAsync(["for-each-ref", "--format=%(objectname)", KeptAt(workspaceId)], cancellationToken)).Lines;

    /// <summary>Gives them up: they are held by something else, or nobody wants them.</summary>
    /// <exception cref="GitException">They are still there.</exception>
    public static async Task GiveUpAsync(GitRepository repository, string workspaceId, CancellationToken cancellationToken)
    {
        var kept = await KeptAsync(repository, workspaceId, cancellationToken);
        if (kept.Count > 0)
        {
            await repository.RunAsync(
                ["update-ref", "--stdin"], Encoding.ASCII.GetBytes(string.Concat(kept.Select(id => $"delete {KeptAt(workspaceId)}{id}\n"))), cancellationToken);
        }
    }

    /// <summary>The commit's id is the last part.</summary>
    private static string KeptAt(string workspaceId) => $"refs/mcpworkers/inner/{workspaceId}/";

    /// <param name="commits">By id: the commit that it is, or that the tag leads to.</param>
    /// <returns>Notes.</returns>
    /// <exception cref="GitException">Nothing was moved, or it can be done again.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(InnerRefs refs, InnerState state, IReadOnlyDictionary<string, string> commits, CancellationToken cancellationToken)
    {
        if (new[] { refs.Ids.GetValueOrDefault(workspace.Branch), refs.HeadId }.OfType<string>().FirstOrDefault(id => !commits.ContainsKey(id)) is { } odd)
        {
            throw new GitException($"{odd}, at which its branch stands, is no commit that is there.");
        }

        await LeftLocks.ClearAsync(workspace, cancellationToken);
        string? tip = await outside.ResolveAsync(workspace.Branch, cancellationToken);
        string? head = await outside.ResolveAsync("HEAD", cancellationToken);
        string? branch = await outside.BranchAsync(cancellationToken);
        string? newTip = await TipAsync(refs, state, tip, cancellationToken);
        var (newHead, isOnBranch) = Head(refs, state, head, branch == workspace.Branch, newTip ?? tip, newTip is null);
        string? now = isOnBranch ? newTip ?? tip : newHead;

        await KeepAsync(refs, commits, [.. new[] { newTip ?? tip, now ?? head }.OfType<string>()], cancellationToken);
        // The index before the refs: whatever dies in between, the next time finds the refs where they were and does all of it again.
        if (now is not null && now != head)
        {
            await outside.RunAsync(["read-tree", "--reset", now], cancellationToken);
        }

        try
        {
            await MoveAsync(newTip, tip, newHead, isOnBranch, branch == workspace.Branch, cancellationToken);
        }
        catch (GitException) when (head is not null)
        {
            await outside.TryAsync(["read-tree", "--reset", head], CancellationToken.None);
            throw;
        }

        return _notes;
    }

    /// <returns>Where the branch is to be moved; null: it stays.</returns>
    private async Task<string?> TipAsync(InnerRefs refs, InnerState state, string? tip, CancellationToken cancellationToken)
    {
        if (refs.Ids.GetValueOrDefault(workspace.Branch) is not { } wanted || wanted == tip || wanted == state.Tip)
        {
            return null;
        }

        bool isAhead = tip is null || await outside.IsWithinAsync(tip, wanted, cancellationToken);
        if (isAhead || tip == state.Tip)
        {
            if (!isAhead)
            {
                _kept[tip!] = $"'{workspace.BranchName}' before its history was rewritten in the container";
            }

            return wanted;
        }

        if (!await outside.IsWithinAsync(wanted, tip!, cancellationToken))
        {
            _kept[wanted] = $"'{workspace.BranchName}' as the agent had it in its container, while that branch was moved outside too";
        }

        return null;
    }

    /// <returns>Where HEAD is to be detached, null where it is not; and whether it is on the worker's branch then.</returns>
    private (string? Detached, bool IsOnBranch) Head(InnerRefs refs, InnerState state, string? head, bool wasOnBranch, string? tip, bool stayed)
    {
        if (refs.HeadRef == workspace.Branch)
        {
            // Where the branch could not follow, neither can HEAD.
            return wasOnBranch || !stayed || refs.HeadId == tip ? (null, true) : (null, false);
        }

        string where = refs.HeadRef is null ? "on no branch" : $"on '{RefNames.Short(refs.HeadRef)}'";
        if (refs.HeadId is not { } wanted)
        {
            _notes.Add($"In the container HEAD was {where}, which has no commit: the files are committed on '{workspace.BranchName}'.");
            return (null, wasOnBranch);
        }

        if (wanted == head)
        {
            return wasOnBranch ? (null, true) : (null, false);
        }

        if (head != state.Head)
        {
            _kept[wanted] = "HEAD of the container, while the worktree's was moved outside too";
            return (null, wasOnBranch);
        }

        if (place.Unfinished() is not null)
        {
            _kept[wanted] = "HEAD of the container";
            return (null, wasOnBranch);
        }

        _notes.Add($"In the container HEAD was {where}.");
        return (wanted, false);
    }

    private async Task MoveAsync(string? newTip, string? tip, string? newHead, bool isOnBranch, bool wasOnBranch, CancellationToken cancellationToken)
    {
        // Away from the branch first, and back to it last: a HEAD that is on it would be seen to move with it.
        if (newHead is not null)
        {
            await outside.RunAsync(["update-ref", "--no-deref", "-m", "mcpworkers: HEAD of the container", "HEAD", newHead], cancellationToken);
        }

        if (newTip is not null)
        {
            string none = new('0', newTip.Length);
            await outside.RunAsync(["update-ref", "-m", "mcpworkers: commits of the container", workspace.Branch, newTip, tip ?? none], cancellationToken);
        }

        if (isOnBranch && !wasOnBranch)
        {
            await outside.RunAsync(["symbolic-ref", "-m", "mcpworkers: HEAD of the container", "HEAD", workspace.Branch], cancellationToken);
        }
    }

    /// <summary>Before anything is moved: an old tip that nothing leads to any more must never be without a ref.</summary>
    /// <param name="held">Where the branch and HEAD will stand.</param>
    private async Task KeepAsync(InnerRefs refs, IReadOnlyDictionary<string, string> commits, IReadOnlyList<string> held, CancellationToken cancellationToken)
    {
        var given = Given();
        foreach (var (name, id) in refs.Ids.Where(each => commits.ContainsKey(each.Value) && !given.Contains($"{each.Value} {each.Key}")))
        {
            _kept.TryAdd(commits[id], $"'{RefNames.Short(name)}' of the container");
        }

        foreach (string id in refs.Logged.Where(commits.ContainsKey))
        {
            _kept.TryAdd(commits[id], Replaced);
        }

        var unheld = await HeldObjects.UnheldAsync(outside, [.. _kept.Keys.Concat(held).Distinct()], workspace.Branch, cancellationToken);
        string at = KeptAt(workspace.Id);
        var there = await KeptAsync(outside, workspace.Id, cancellationToken);
        var fresh = unheld.Where(id => _kept.ContainsKey(id) && !held.Contains(id) && !there.Contains(id)).ToList();
        if (fresh.Count > KeptMax)
        {
            throw new GitException($"The agent left {fresh.Count} ends of history that no branch leads to, and more than {KeptMax} are not kept.");
        }

        if (fresh.Count > 0)
        {
            string commands = string.Concat(fresh.Select(id => $"create {at}{id} {id}\n"));
            await outside.RunAsync(["update-ref", "--stdin"], Encoding.ASCII.GetBytes(commands), cancellationToken);
            _notes.AddRange(fresh.Select(id => $"Kept as '{at}{id}', since no branch leads to it: {_kept[id]}."));
        }
    }

    private HashSet<string> Given()
    {
        try
        {
            return [.. File.ReadAllLines(place.Given)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
