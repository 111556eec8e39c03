using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Merging;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>Merges workspaces one after the other, and removes those that have no worker any more.</summary>
internal sealed class PlaceMerging(WorkerHost host, IReadOnlyDictionary<string, string> environment)
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromHours(1);

    private static readonly HashSet<string> GoOn = ["merged", "nothing_to_merge"];

    private readonly PlaceKeeper _places = host.Places;

    /// <summary>Stops at the first that cannot be merged.</summary>
    /// <exception cref="RefusedException">One of them cannot be merged at all; nothing was.</exception>
    public async Task<IReadOnlyList<MergeOutcome>> RunAsync(Func<Task<IReadOnlyList<Workspace>>> choose, MergeOptions options, CancellationToken cancellationToken)
    {
        await _places.RecoverAsync(cancellationToken);
        var chosen = await choose();
        foreach (var workspace in chosen)
        {
            CheckIdle(workspace.Id);
            await _places.Tools.Merger.CheckAsync(workspace, options.Into, environment, cancellationToken);
        }

        var outcomes = new List<MergeOutcome>();
        foreach (var workspace in chosen)
        {
            var outcome = await MergeAsync(workspace, options, cancellationToken);
            outcomes.Add(outcome);
            if (!GoOn.Contains(outcome.Status))
            {
                break;
            }

            if (host.Registry.TryFind(workspace.Id, Caller.Owner) is null)
            {
                await _places.TryRemoveUnusedAsync(workspace.Id);
            }
        }

        return outcomes;
    }

    private void CheckIdle(string id)
    {
        if (host.Live.All.Any(live => live.Worker.Id == id))
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument, $"Worker '{id}' is at work, and what it leaves half done is not merged. Wait for its run, or stop it with worker_cancel.");
        }
    }

    private async Task<MergeOutcome> MergeAsync(Workspace workspace, MergeOptions options, CancellationToken cancellationToken)
    {
        using var held = await _places.Locks.TakeAsync(workspace.Id, cancellationToken);
        CheckIdle(workspace.Id);
        var notes = new List<string>();
        var rules = await _places.Tools.Rules.TrustedAsync(workspace, environment, notes);

        // What a host that died did not bring; and what a person did there by hand since the last run.
        notes.AddRange(await BringBackAsync(workspace, cancellationToken));
        await _places.Tools.Commits.CommitAsync(workspace, $"Work in {workspace.Id}", environment, RepositoryRules.HooksOf(workspace, rules), cancellationToken);
        string[] commands = [.. workspace.Verify.Concat(rules.Verify).Concat(options.Verify).Distinct()];
        var outcome = await _places.Tools.Merger.MergeAsync(
            workspace,
            new MergeRequest { Into = options.Into, Squash = options.Squash, Checks = commands.Length == 0 ? null : ChecksOf(workspace, commands) },
            environment,
            cancellationToken);
        return notes.Count == 0 ? outcome : outcome with { Detail = string.Join(' ', notes.Prepend(outcome.Detail).Where(text => text.Length > 0)) };
    }

    private async Task<IReadOnlyList<string>> BringBackAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        try
        {
            return workspace.Kind == WorkspaceKind.Worktree ? await _places.Tools.Inner.BringBackAsync(workspace, environment, cancellationToken) : [];
        }
        catch (RefusedException e)
        {
            // The files are all there, and in the host's own commit.
            return [e.Message];
        }
    }

    private MergeChecks ChecksOf(Workspace workspace, IReadOnlyList<string> commands) => new()
    {
        Commands = commands,
        Environment = EnvironmentOf(workspace),
        Container = workspace.Container?.Place,
        Limits = workspace.Container?.Limits ?? ResourceLimits.None,
        Timeout = CheckLimit,
        OwnerMark = _places.OwnerMark,
        Directory = Path.GetRelativePath(workspace.Root, workspace.WorkingDirectory) is var below && below == "." ? "" : below,
        Prepare = workspace.Setup is { } setup ? (order, stop) => PrepareAsync(workspace, setup, order, stop) : null,
    };

    /// <summary>In a container there is of the caller's only what the worker's type names; the home there is told by who makes it.</summary>
    private IReadOnlyDictionary<string, string> EnvironmentOf(Workspace workspace)
    {
        var outside = PlaceEnvironment.Of(environment, workspace);
        return workspace.Container is { } container
            ? ContainerEnvironment.For(
                host.Types.Restore(container.WorkerType, container.Agent), "/", outside, workspace.Ports.Keys, new Dictionary<string, string>())
            : outside;
    }

    /// <summary>Where this fails the checks say so by themselves.</summary>
    private Task<string?> PrepareAsync(Workspace workspace, SetupSpec setup, CheckOrder order, CancellationToken cancellationToken) => new PlaceSetup(_places.Tools).RunAsync(
        workspace with { Root = order.WorkingDirectory, WorkingDirectory = order.WorkingDirectory },
        setup,
        order with { Command = setup.Run, RunId = CheckNames.Setup($"merge-{Guid.NewGuid():N}"), RunDirectory = Path.Combine(Path.GetDirectoryName(order.WorkingDirectory)!, "setup") },
        cancellationToken);
}
