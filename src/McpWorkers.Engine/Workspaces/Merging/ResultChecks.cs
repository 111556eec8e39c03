using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Runs the checks of a merge on its result, in a worktree made for them; the merge removes it when it ends.</summary>
internal sealed class ResultChecks(GitTool git, MergeFolder merges, CheckRunner checks, WorkspaceSettings settings)
{
    private const string Home = "HOME";

    /// <returns>One for each that was run; those after one that failed are not.</returns>
    /// <exception cref="RefusedException">The worktree cannot be shown in a container.</exception>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(
        MergeJournal journal, string commit, MergeChecks? wanted, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var results = new List<CheckResult>();
        if (wanted is null or { Commands.Count: 0 })
        {
            return results;
        }

        var tree = await CheckTree.MakeAsync(git, journal.CommonDirectory, merges, journal.Id, commit, environment, cancellationToken);
        var first = await OrderAsync(tree, merges.PathOf(journal.Id), wanted, environment, cancellationToken);
        if (wanted.Prepare is { } prepare)
        {
            await prepare(first, cancellationToken);
        }

        string directory = Path.Combine(tree.Root, wanted.Directory);
        foreach (string command in wanted.Commands)
        {
            string runId = $"merge_{Guid.NewGuid():N}";
            var result = await checks.RunAsync(
                first with
                {
                    Command = command,
                    RunId = runId,
                    RunDirectory = Path.Combine(merges.PathOf(journal.Id), runId),
                    WorkingDirectory = Directory.Exists(directory) && LinkedPath.IsWithin(LinkedPath.Resolve(directory), tree.Root) ? directory : tree.Root,
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

    /// <summary>What all commands have in common.</summary>
    private async Task<CheckOrder> OrderAsync(
        CheckTree tree, string beside, MergeChecks wanted, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var order = new CheckOrder
        {
            Command = wanted.Commands[0],
            RunId = "",
            RunDirectory = "",
            WorkingDirectory = tree.Root,
            Environment = wanted.Environment,
            OwnerMark = wanted.OwnerMark,
            Timeout = wanted.Timeout,
            Limits = wanted.Limits,
        };
        return wanted.Container is { } container ? await InsideAsync(order, container, tree, beside, environment, cancellationToken) : order;
    }

    /// <summary>The same in a container, with a home that is there for this merge alone.</summary>
    private async Task<CheckOrder> InsideAsync(
        CheckOrder order, ContainerPlace container, CheckTree tree, string beside, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string home = Path.Combine(LinkedPath.Resolve(beside), "home");
        Directory.CreateDirectory(home);
        var shown = await new InnerRepository(git, settings).ShowAsync(tree.Place, Path.GetDirectoryName(tree.Root)!, environment, cancellationToken);
        return order with
        {
            Environment = new Dictionary<string, string>(order.Environment) { [Home] = home },
            Container = container with { Mounts = [new(home, home, IsReadOnly: false), .. container.Mounts, .. shown], IsKept = false },
        };
    }
}
