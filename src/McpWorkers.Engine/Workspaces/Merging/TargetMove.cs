using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>How the move of a target ended.</summary>
internal abstract record MoveResult
{
    private MoveResult()
    {
    }

    public sealed record Done : MoveResult;

    /// <summary>The branch was no longer where it had been: nothing was touched.</summary>
    public sealed record MovedMeanwhile(string Complaint) : MoveResult;

    /// <summary>The worktree that has the branch checked out cannot follow: nothing was touched.</summary>
    public sealed record InTheWay(IReadOnlyList<string> Files, string Detail) : MoveResult;
}

/// <summary>
/// Moves a branch, and with it the files of the worktree that has it checked out. The branch goes first: its compare-and-swap is what decides, and
/// from then on the files can be brought after it at any time. The journal that is written before says so.
/// </summary>
internal sealed class TargetMove(GitTool git, MergeFolder folder, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>Told after each step, for tests that end the process there: locked, branch, files.</summary>
    internal Action<string>? Reached { get; init; }

    /// <param name="journal">With the old and the new commit.</param>
    public async Task<MoveResult> RunAsync(MergeJournal journal, MergeTarget target, CancellationToken cancellationToken)
    {
        string why = $"mcpworkers: merge {journal.Workspace} ({journal.Head})";
        if (target.Checkout is not { } place)
        {
            folder.Write(journal);
            var repository = git.Open(new(journal.CommonDirectory, journal.CommonDirectory, null), environment);
            return await repository.TryMoveAsync(journal.Ref, journal.Old, journal.New!, why, cancellationToken) is { } complaint
                ? new MoveResult.MovedMeanwhile(complaint)
                : new MoveResult.Done();
        }

        var checkout = git.Open(place, environment);
        string from = journal.Old ?? await checkout.EmptyTreeAsync(cancellationToken);
        journal = journal with { CheckoutGitDirectory = place.GitDirectory, CheckoutRoot = place.WorkTree };
        folder.Write(journal);
        using var hold = await IndexHold.TakeAsync(place, journal.Id, cancellationToken);
        if (hold is null)
        {
            return new MoveResult.InTheWay(
                [], $"Another git command is at work in '{place.WorkTree}', or one that was killed has left 'index.lock' in '{place.GitDirectory}'.");
        }

        Reached?.Invoke("locked");
        if (await CannotFollowAsync(checkout, hold, from, journal.New!, cancellationToken) is { } obstacle)
        {
            return obstacle;
        }

        // From here on it is carried through: half of it would be worse than a late cancellation.
        if (await checkout.TryMoveAsync(journal.Ref, journal.Old, journal.New!, why, CancellationToken.None) is { } moved)
        {
            return new MoveResult.MovedMeanwhile(moved);
        }

        Reached?.Invoke("branch");
        var files = CheckoutMove.Over(checkout, hold);
        try
        {
            await files.RunAsync(from, journal.New!, CancellationToken.None);
            hold.Publish();
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException)
        {
            return await UndoAsync(checkout, hold, journal, from, e.Message);
        }

        Reached?.Invoke("files");

        // Whoever ends this merge now need not look at the files.
        folder.Write(journal with { CheckoutGitDirectory = null, CheckoutRoot = null });
        return new MoveResult.Done();
    }

    /// <summary>What would be in the way, without touching anything.</summary>
    public static async Task<MoveResult.InTheWay?> CannotFollowAsync(
        GitRepository checkout, IndexHold? hold, string from, string to, CancellationToken cancellationToken)
    {
        string root = checkout.Place.WorkTree!;
        if (Changes.Unfinished.Begun(checkout.Place) is { } begun)
        {
            return new([], $"{begun} is under way in '{root}'. Finish or abort it.");
        }

        var files = await Obstacles.FindAsync(checkout, from, to, cancellationToken);
        const string Remedy = "Commit, stash or move these files";
        if (files.Count > 0)
        {
            return new(files, $"What is not committed in '{root}' would be overwritten. {Remedy} there.");
        }

        return hold is not null && await CheckoutMove.Over(checkout, hold).TryDryAsync(from, to, cancellationToken) is { } complaint
            ? new([], $"The files in '{root}' cannot follow: {complaint}")
            : null;
    }

    private static async Task<MoveResult> UndoAsync(GitRepository checkout, IndexHold hold, MergeJournal journal, string from, string why)
    {
        if (await checkout.TryMoveBackAsync(journal.Ref, journal.Old, journal.New!, CancellationToken.None) is { } stays)
        {
            throw new GitException($"The branch was moved and its files could not follow ({why}), nor could it be moved back ({stays}). The next start of the host finishes it.");
        }

        hold.Copy();
        await CheckoutMove.Over(checkout, hold).SettleAsync(journal.New!, from, CancellationToken.None);
        hold.Publish();
        return new MoveResult.InTheWay([], $"The files in '{checkout.Place.WorkTree}' could not follow: {why}");
    }
}
