using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <param name="Tree">Of the merge; with conflicts, files in it hold both sides between markers.</param>
/// <param name="Conflicts">The files in conflict; empty where it is clean.</param>
internal sealed record TrialResult(string Tree, IReadOnlyList<string> Conflicts)
{
    public bool IsClean => Conflicts.Count == 0;
}

/// <summary>
/// Merges in the repository's objects alone: no file and no branch is touched (<c>git merge-tree --write-tree</c>). Which files may be merged
/// line by line, the attributes of the target's own tree say: not what a worker wrote into its own, nor what happens to lie in a worktree.
/// </summary>
internal sealed class TrialMerge
{
    /// <summary>In the message of a squashed commit: the head that is in it.</summary>
    public const string HeadTrailer = "Mcpworkers-Head";

    private readonly GitRepository _repository;
    private readonly string? _target;

    private TrialMerge(GitRepository repository, string? target)
    {
        _repository = repository;
        _target = target;
    }

    /// <param name="scratch">A directory for the target's attributes; made here, removed by the caller.</param>
    /// <param name="target">A commit; null for none yet.</param>
    /// <exception cref="GitException">The target cannot be read.</exception>
    public static async Task<TrialMerge> OpenAsync(
        GitTool git, string commonDirectory, string scratch, string? target, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string tree = Path.Combine(scratch, "attributes");
        Directory.CreateDirectory(tree);
        var repository = git.Open(new(commonDirectory, commonDirectory, LinkedPath.Resolve(tree)), environment)
            .With(("GIT_INDEX_FILE", Path.Combine(scratch, "index")));
        if (target is not null)
        {
            await repository.RunAsync(["read-tree", target], cancellationToken);
            var attributes = await repository.With(("GIT_LITERAL_PATHSPECS", null))
                .RunAsync(["ls-files", "-z", "--", ":(glob)**/.gitattributes"], cancellationToken);
            await repository.RunAsync(["checkout-index", "--force", "-z", "--stdin"], attributes.Bytes, cancellationToken);
        }

        return new(repository, target);
    }

    /// <summary>Merges a workspace's head into the target; what of it was squashed into the target before counts as merged.</summary>
    /// <exception cref="GitException">One of the commits cannot be read.</exception>
    public async Task<TrialResult> IntoTargetAsync(Workspace workspace, string head, CancellationToken cancellationToken) =>
        await BetweenAsync(await WithSquashedAsync(workspace, _target!, cancellationToken), head, cancellationToken);

    /// <exception cref="GitException">One of the commits cannot be read.</exception>
    public async Task<TrialResult> BetweenAsync(string ours, string theirs, CancellationToken cancellationToken)
    {
        var said = await _repository.TryAsync(
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories", ours, theirs], cancellationToken);
        return said.ExitCode switch
        {
            0 => new(said.Fields[0], []),
            1 => new(said.Fields[0], [.. said.Fields.Skip(1).Distinct()]),
            _ => throw new GitException($"git merge-tree failed: {said.Complaint.Trim()}", said.ExitCode),
        };
    }

    /// <summary>
    /// The target, as a merge is to see it. A squashed commit does not say that the worker's commits are in it, so git would merge them a second
    /// time; a commit that nobody else sees says so instead.
    /// </summary>
    private async Task<string> WithSquashedAsync(Workspace workspace, string target, CancellationToken cancellationToken)
    {
        if (workspace is not { MergedHead: { } merged, Base: { } start } || await _repository.IsWithinAsync(merged, target, cancellationToken))
        {
            return target;
        }

        var found = await _repository.RunAsync(
            ["rev-list", "--max-count=1", "--fixed-strings", $"--grep={HeadTrailer}: {merged}", target, "^" + start], cancellationToken);
        if (found.Text.Length == 0)
        {
            return target;
        }

        var asMerged = _repository.With(
            ("GIT_AUTHOR_NAME", "m"), ("GIT_AUTHOR_EMAIL", "m@localhost"), ("GIT_COMMITTER_NAME", "m"), ("GIT_COMMITTER_EMAIL", "m@localhost"));
        return (await asMerged.RunAsync(["commit-tree", target + "^{tree}", "-p", target, "-p", merged, "-m", "as merged"], cancellationToken)).Text;
    }
}
