using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>What is done in a place around a run: the set-up before the first one, the commit and the checks after each.</summary>
internal sealed class PlaceWork(PlaceKeeper keeper)
{
    public RepositoryRules Rules => keeper.Tools.Rules;

    public InnerRepository Inner => keeper.Tools.Inner;

    /// <returns>Null; or why nothing can run there.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<string?> SetUpAsync(
        Workspace workspace, WorkerType type, PromptRun run, IReadOnlyDictionary<string, string> environment, CommandPlace commands, CancellationToken cancellationToken)
    {
        if (keeper.Folder.Find(workspace.Id) is not { IsSetUp: false } now)
        {
            return null;
        }

        var setup = type.Setup ?? (await keeper.Tools.Rules.TrustedAsync(workspace, environment, [])).Setup;
        if (setup is not null)
        {
            string directory = Path.Combine(run.Identity.RunDirectory, "setup");
            var order = OrderOf(setup.Run, CheckNames.Setup(run.Identity.RunId), directory, workspace.Root, run, commands);
            if (await new PlaceSetup(keeper.Tools).RunAsync(now, setup, order, cancellationToken) is { } fault)
            {
                return fault;
            }
        }

        keeper.Folder.Write(now with { IsSetUp = true, Setup = setup, SetupOutputs = setup?.Outputs ?? [] });
        return null;
    }

    /// <summary>Commits what is there and reads what changed.</summary>
    /// <returns>Null where it cannot be told; then a note says why.</returns>
    public async Task<WorkspaceChanges?> CommitAsync(
        Workspace workspace, string message, RepositoryFile rules, IReadOnlyDictionary<string, string> environment, List<string> notes)
    {
        try
        {
            using var held = await keeper.Locks.TakeAsync(workspace.Id, CancellationToken.None);
            var report = await keeper.Tools.Commits.CommitAsync(workspace, message, environment, RepositoryRules.HooksOf(workspace, rules), CancellationToken.None);
            notes.AddRange(report.Notes);
            if (rules.CommitHooks && workspace.Container is not null)
            {
                notes.Add("The repository's commit hooks were not run, since the worker is in a container and they would run outside of it.");
            }

            return await keeper.Tools.Changes.ReadAsync(workspace, environment, CancellationToken.None);
        }
        catch (RefusedException e)
        {
            notes.Add(e.Message);
            return null;
        }
    }

    /// <param name="number">Which check of the run, from 1.</param>
    /// <param name="leaving">The check goes on without this host.</param>
    public Task<CheckResult> CheckAsync(
        string command, int number, PromptRun run, string directory, CommandPlace commands, CancellationToken leaving, CancellationToken cancellationToken)
    {
        string name = CheckNames.Verify(run.Identity.RunId, number);
        string place = Path.Combine(run.Identity.RunDirectory, FormattableString.Invariant($"verify-{number}"));
        return keeper.Tools.Checks.RunAsync(OrderOf(command, name, place, directory, run, commands), leaving, cancellationToken);
    }

    private CheckOrder OrderOf(string command, string name, string runDirectory, string directory, PromptRun run, CommandPlace commands) => new()
    {
        Command = command,
        RunId = name,
        RunDirectory = runDirectory,
        WorkingDirectory = directory,
        Environment = commands.Environment(),
        Container = commands.Container(),
        Limits = commands.Limits,
        OwnerMark = keeper.OwnerMark,
        Timeout = run.Timeout,
    };
}
