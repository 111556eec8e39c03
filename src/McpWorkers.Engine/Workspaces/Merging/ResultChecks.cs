using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Runs the checks of a merge on its result, in a worktree made for them; the merge removes it when it ends.</summary>
internal sealed class ResultChecks(GitTool git, MergeFolder merges, CheckRunner checks)
{
    /// <returns>One for each that was run; those after one that failed are not.</returns>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(
        MergeJournal journal, string commit, MergeChecks? wanted, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var results = new List<CheckResult>();
        if (wanted is null or { Commands.Count: 0 })
        {
            return results;
        }

        var tree = await CheckTree.MakeAsync(git, journal.CommonDirectory, merges, journal.Id, commit, environment, cancellationToken);
        if (wanted.Prepare is { } prepare)
        {
            await prepare(tree.Root, cancellationToken);
        }

        string directory = Path.Combine(tree.Root, wanted.Directory);
        foreach (string command in wanted.Commands)
        {
            string runId = $"merge_{Guid.NewGuid():N}";
            var result = await checks.RunAsync(
                new CheckOrder
                {
                    Command = command,
                    RunId = runId,
                    RunDirectory = Path.Combine(merges.PathOf(journal.Id), runId),
                    WorkingDirectory = Directory.Exists(directory) && LinkedPath.IsWithin(LinkedPath.Resolve(directory), tree.Root) ? directory : tree.Root,
                    Environment = wanted.Environment,
                    OwnerMark = wanted.OwnerMark,
                    Timeout = wanted.Timeout,
                },
                CancellationToken.None,
                cancellationToken);
            results.Add(result);
            if (!result.Passed)
            {
                break;
            }
        }

        return results;
    }
}
