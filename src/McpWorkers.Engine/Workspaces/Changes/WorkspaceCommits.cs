using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Commits what a worker left uncommitted, on its branch. Whoever calls this knows that nothing of the worker's run is left.</summary>
internal sealed class WorkspaceCommits(GitTool git, WorkspaceSettings settings)
{
    private readonly Staging _staging = new(git);

    /// <summary>
    /// Commits all that git does not ignore, other repositories within excepted. In the middle of a rebase, or with files in conflict, nothing
    /// is committed. The commit goes where HEAD is, and the worker's branch follows where it loses nothing by that.
    /// </summary>
    /// <param name="message">Of the commit; its first line is the subject.</param>
    /// <param name="hooksDirectory">Where commit hooks are that may run: of a repository that is trusted. Null: none run.</param>
    /// <exception cref="RefusedException">Git failed; what is there is as it was.</exception>
    public Task<CommitReport> CommitAsync(
        Workspace workspace, string message, IReadOnlyDictionary<string, string> environment, string? hooksDirectory, CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync($"The work of '{workspace.Id}' in '{workspace.Root}' could not be committed", async () =>
        {
            var repository = git.Open(workspace.Place, environment);
            var notes = new List<string>(await LeftLocks.ClearAsync(workspace, cancellationToken));
            string? commit = null;
            if (await Unfinished.FindAsync(repository, cancellationToken) is { } unfinished)
            {
                notes.Add($"{unfinished}, so nothing was committed. Finish or abort it in '{workspace.Root}'.");
            }
            else if (InnerPlace.Of(workspace).Unfinished() is { } inside)
            {
                notes.Add($"{inside} is not finished in the container, so nothing was committed. Have the worker finish or abort it.");
            }
            else
            {
                commit = await CommitAllAsync(repository, message, environment, hooksDirectory, notes, cancellationToken);
                await FollowAsync(repository, workspace, notes, cancellationToken);
            }

            return new CommitReport(commit, notes);
        });

    private async Task<string?> CommitAllAsync(
        GitRepository repository, string message, IReadOnlyDictionary<string, string> environment, string? hooksDirectory, List<string> notes,
        CancellationToken cancellationToken)
    {
        var inner = await InnerRepositories.FindAsync(repository, cancellationToken);
        if (await _staging.AddAllAsync(repository, inner, environment, cancellationToken) is { Length: > 0 } complaint)
        {
            notes.Add($"Not all could be committed: {complaint}");
        }

        string? before = await repository.ResolveAsync("HEAD", cancellationToken);
        if (before is not null && await repository.BranchAsync(cancellationToken) is { } branch && WorktreeHeads.IsElsewhere(repository.Place, branch))
        {
            // Moved from here, it would leave the files of that other worktree behind.
            await repository.RunAsync(["update-ref", "--no-deref", "-m", "mcpworkers: let go of a branch of another worktree", "HEAD", before], cancellationToken);
            notes.Add($"HEAD was on '{branch["refs/heads/".Length..]}', which another worktree has checked out: that branch was let go of and stays where it is.");
        }

        if (!await HasStagedAsync(repository, before, cancellationToken))
        {
            return null;
        }

        var committing = await repository.WithIdentityAsync(settings, cancellationToken);
        string[] hooks = hooksDirectory is null ? [] : ["-c", "core.hooksPath=" + hooksDirectory];
        string text = message.Replace("\0", "", StringComparison.Ordinal);
        try
        {
            await committing.RunAsync(
                [.. hooks, "commit", "--quiet", "--no-status", "--cleanup=whitespace", "--file=-"],
                Encoding.UTF8.GetBytes(string.IsNullOrWhiteSpace(text) ? "Work of a worker" : text),
                cancellationToken);
        }
        catch (GitException e) when (hooksDirectory is not null)
        {
            notes.Add($"The repository's hooks refused the commit, so nothing was committed: {e.Message}");
            return null;
        }

        return await repository.ResolveAsync("HEAD", cancellationToken);
    }

    private static async Task<bool> HasStagedAsync(GitRepository repository, string? head, CancellationToken cancellationToken)
    {
        if (Unfinished.Begun(repository.Place) == "A merge")
        {
            // Its conflicts are solved: committed it says that the other branch is in.
            return true;
        }

        return head is null
            ? !(await repository.RunAsync(["ls-files", "-z"], cancellationToken)).Bytes.IsEmpty
            : (await repository.TryAsync(["diff-index", "--cached", "--quiet", head], cancellationToken)).ExitCode switch
            {
                0 => false,
                1 => true,
                var code => throw new GitException("git diff-index failed: the index cannot be compared with HEAD.", code),
            };
    }

    /// <summary>The agent may have gone to another branch, or to none: the worker's branch is what is merged and shown.</summary>
    private static async Task FollowAsync(GitRepository repository, Workspace workspace, List<string> notes, CancellationToken cancellationToken)
    {
        string? branch = await repository.BranchAsync(cancellationToken);
        string? head = await repository.ResolveAsync("HEAD", cancellationToken);
        if (branch == workspace.Branch || head is null)
        {
            return;
        }

        string where = branch is null ? "no branch" : $"the branch '{branch["refs/heads/".Length..]}'";
        string? tip = await repository.ResolveAsync(workspace.Branch, cancellationToken);
        if (tip == head)
        {
            return;
        }

        if (tip is not null && !await repository.IsWithinAsync(tip, head, cancellationToken))
        {
            notes.Add($"HEAD is on {where}, whose commits do not hold those of '{workspace.BranchName}': that branch stays where it is.");
            return;
        }

        string none = new('0', head.Length);
        await repository.RunAsync(
            ["update-ref", "-m", "mcpworkers: follow HEAD", workspace.Branch, head, tip ?? none], cancellationToken);
        notes.Add($"HEAD is on {where}: '{workspace.BranchName}' was moved to it.");
    }
}
