using System.Collections.Concurrent;
using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>
/// Merges what a worker committed into a branch of the repository it came from: whole or not at all. Whoever calls this knows that the worker does
/// not run.
/// </summary>
internal sealed class Merger(GitTool git, WorkspaceFolder folder, WorkspaceSettings settings, CheckRunner checks, TimeProvider time)
{
    /// <summary>So often the result is built anew because the target moved while it was being built.</summary>
    private const int AttemptsMax = 5;

    /// <summary>Between two tries at a branch that is locked.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();
    private readonly MergeFolder _merges = new(folder.Beside("merges"));

    /// <summary>Told after each step of moving a target, for tests that end the process there.</summary>
    internal Action<string>? Reached { get; init; }

    /// <summary>Says whether a workspace could be merged as far as the target's name goes, before anything is merged.</summary>
    /// <returns>The target's name, without <c>refs/heads/</c>.</returns>
    /// <exception cref="RefusedException">There is no such branch, it cannot be merged into, or the workspace is a clone.</exception>
    public Task<string> CheckAsync(Workspace workspace, string? into, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync($"'{workspace.Id}' cannot be merged", async () => (await MergeTarget.FindAsync(git, workspace, into, environment, cancellationToken)).Name);

    /// <summary>Merges; conflicts, failed checks and files in the way are outcomes, and leave the target as it was.</summary>
    /// <exception cref="RefusedException">There is no such branch, it cannot be merged into, the workspace is a clone, or git failed.</exception>
    public async Task<MergeOutcome> MergeAsync(
        Workspace workspace, MergeRequest request, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // One after the other in a repository: two that check at once would only overtake each other.
        var turn = _turns.GetOrAdd(workspace.CommonDirectory, _ => new(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await GitRefusal.GuardAsync($"'{workspace.Id}' could not be merged", async () =>
            {
                string id = $"{time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{workspace.Id}-{Guid.NewGuid().ToString("N")[..8]}";
                using var held = _merges.Begin(id);
                MergeOutcome? outcome = null;
                try
                {
                    return outcome = await AttemptAsync(id, workspace, request, environment, cancellationToken);
                }
                finally
                {
                    await EndAsync(id, outcome, environment);
                }
            });
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Ends the merge, also one that was broken off. Where that fails the journal stays, and the next start of the host ends it.</summary>
    private async Task EndAsync(string id, MergeOutcome? outcome, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            await new MergeRecovery(git, folder).EndAsync(id, environment, CancellationToken.None);
            _merges.Drop(id);
        }
        catch (Exception e) when (outcome is not null && (e is IOException or UnauthorizedAccessException or GitException))
        {
            // What was to come of it has come of it: only what it leaves behind is not away yet.
        }
    }

    private async Task<MergeOutcome> AttemptAsync(
        string id, Workspace workspace, MergeRequest request, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string moved = "";
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var target = await MergeTarget.FindAsync(git, workspace, request.Into, environment, cancellationToken);
            workspace = workspace with { MergedHead = folder.Find(workspace.Id)?.MergedHead ?? workspace.MergedHead };
            var refused = new MergeOutcome(workspace.Id, "refused", target.Name, null, [], [], "");
            var standing = await Standing.ReadAsync(git, workspace, environment, cancellationToken);
            if (standing.Uncommitted.Count > 0)
            {
                return refused with
                {
                    Files = standing.Uncommitted,
                    Detail = $"There is uncommitted work in '{workspace.Root}'. {Unfinished.Begun(workspace.Place) ?? "Something"} may be unfinished: finish it and commit there.",
                };
            }

            var building = new MergeBuilding(git, _merges.PathOf(id), settings, workspace, target, standing, request, environment);
            var built = await building.RunAsync(cancellationToken);
            if (built.Outcome is { } known)
            {
                return known;
            }

            var journal = new MergeJournal
            {
                Id = id,
                Workspace = workspace.Id,
                CommonDirectory = workspace.CommonDirectory,
                Ref = target.Ref,
                Head = standing.Head,
            };
            if (await ObstacleAsync(target, built.Commit!, environment, cancellationToken) is { } early)
            {
                return refused with { Files = early.Files, Detail = early.Detail };
            }

            _merges.Write(journal);
            var results = await new ResultChecks(git, _merges, checks, settings).RunAsync(journal, built.Commit!, request.Checks, environment, cancellationToken);
            if (results.FirstOrDefault(result => !result.Passed) is { } failed)
            {
                return new(workspace.Id, "checks_failed", target.Name, null, [], results, $"The check '{VisibleText.Of(failed.Command)}' failed on the merge: '{target.Name}' was not moved.");
            }

            var move = new TargetMove(git, _merges, environment) { Reached = Reached };
            switch (await MoveAsync(move, journal with { Old = target.Commit, New = built.Commit }, target, environment, cancellationToken))
            {
                case MoveResult.Done:
                    return new(workspace.Id, "merged", target.Name, built.Commit, [], results, built.Remark);
                case MoveResult.InTheWay(var files, var detail):
                    return refused with { Files = files, Checks = results, Detail = detail };
                case MoveResult.MovedMeanwhile(var complaint) when await ResolveAsync(target, workspace.CommonDirectory, environment, cancellationToken) == target.Commit:
                    throw new GitException($"'{target.Name}' is locked by another git command: {complaint}");
                case MoveResult.MovedMeanwhile(var complaint):
                    moved = complaint;
                    break;
            }
        }

        throw new GitException($"its target kept moving; try again. {moved}");
    }

    /// <summary>A branch that is only locked for a moment is tried again as it is: what was checked still holds.</summary>
    private async Task<MoveResult> MoveAsync(
        TargetMove move, MergeJournal journal, MergeTarget target, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            var result = await move.RunAsync(journal, target, cancellationToken);
            if (result is not MoveResult.MovedMeanwhile || attempt == AttemptsMax || await ResolveAsync(target, journal.CommonDirectory, environment, cancellationToken) != target.Commit)
            {
                return result;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private Task<string?> ResolveAsync(
        MergeTarget target, string commonDirectory, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        git.Open(new(commonDirectory, commonDirectory, null), environment).ResolveAsync(target.Ref, cancellationToken);

    private async Task<MoveResult.InTheWay?> ObstacleAsync(
        MergeTarget target, string to, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (target.Checkout is not { } place)
        {
            return null;
        }

        var checkout = git.Open(place, environment);
        return await TargetMove.CannotFollowAsync(checkout, null, target.Commit ?? await checkout.EmptyTreeAsync(cancellationToken), to, cancellationToken);
    }
}
