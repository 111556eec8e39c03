using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>What a merge would be: a commit, or an outcome where there is none to be made.</summary>
internal sealed record BuiltMerge(string? Commit, MergeOutcome? Outcome, string Remark = "");

/// <summary>Makes the commit of a merge in the repository's objects: no branch and no file is touched.</summary>
internal sealed class MergeBuilding(
    GitTool git, string scratch, WorkspaceSettings settings, Workspace workspace, MergeTarget target, Standing standing, MergeRequest request,
    IReadOnlyDictionary<string, string> environment)
{
    private readonly GitRepository _repository = git.Open(new(workspace.CommonDirectory, workspace.CommonDirectory, null), environment);

    public async Task<BuiltMerge> RunAsync(CancellationToken cancellationToken)
    {
        if (standing.Head == standing.Base)
        {
            return Nothing($"'{workspace.Id}' has committed nothing.");
        }

        if (target.Commit is not { } current)
        {
            // Nothing is there to be merged with: the branch begins with the worker's commits, or with one of what they come to.
            return new(request.Squash ? await CommitAsync(standing.Head + "^{tree}", [], cancellationToken) : standing.Head, null);
        }

        if (await _repository.IsWithinAsync(standing.Head, current, cancellationToken))
        {
            return Nothing($"'{target.Name}' holds all of it already.");
        }

        var trial = await TrialMerge.OpenAsync(git, workspace.CommonDirectory, scratch, current, environment, cancellationToken);
        var result = await trial.IntoTargetAsync(workspace, standing.Head, cancellationToken);
        if (!result.IsClean)
        {
            return new(null, new(
                workspace.Id, "conflict", target.Name, null, result.Conflicts, [],
                $"Both sides changed the same: nothing was merged. Merge '{target.Name}' in '{workspace.Root}', solve the conflicts there, commit, and merge again."));
        }

        if (result.Tree == (await _repository.RunAsync(["rev-parse", "--verify", current + "^{tree}"], cancellationToken)).Text)
        {
            return Nothing($"'{target.Name}' has all of its changes already.");
        }

        string commit = await CommitAsync(result.Tree, request.Squash ? [current] : [current, standing.Head], cancellationToken);
        return new(commit, null, await RemarkAsync(current, commit, cancellationToken));
    }

    private BuiltMerge Nothing(string why) => new(null, new(workspace.Id, "nothing_to_merge", target.Name, null, [], [], why));

    private async Task<string> CommitAsync(string tree, IReadOnlyList<string> parents, CancellationToken cancellationToken)
    {
        var committing = await _repository.WithIdentityAsync(settings, cancellationToken);
        string message = request.Message is { } given && !string.IsNullOrWhiteSpace(given)
            ? given.Replace("\0", "", StringComparison.Ordinal).TrimEnd() + "\n"
            : $"Merge {workspace.BranchName} into {target.Name}\n";
        if (request.Squash)
        {
            // By which the next merge of the same worker knows what it has.
            message += $"\n{TrialMerge.HeadTrailer}: {standing.Head}\n";
        }

        var said = await committing.RunAsync(
            ["commit-tree", tree, .. parents.SelectMany(parent => (string[])["-p", parent]), "-F", "-"], Encoding.UTF8.GetBytes(message), cancellationToken);
        return said.Text;
    }

    /// <summary>A submodule's new commits are in the workspace alone: the target names them and does not have them.</summary>
    private async Task<string> RemarkAsync(string from, string to, CancellationToken cancellationToken)
    {
        var said = await _repository.RunAsync(["diff-tree", "-r", "--raw", "-z", "--no-renames", from, to], cancellationToken);
        string[] pointers = [.. said.Fields.Chunk(2).Where(pair => pair[0].Split(' ')[1] == "160000").Select(pair => $"'{pair[1]}'")];
        return pointers.Length == 0
            ? ""
            : $"The merge moves the pointer of {string.Join(", ", pointers)}; commits that the worker made in there are in '{workspace.Root}' only, until you push or fetch them.";
    }
}
