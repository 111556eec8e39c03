using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>The place of one worker: made ready before its first run, and looked at after each.</summary>
/// <param name="workspace">Null where it works in a directory.</param>
/// <param name="container">How commands are started in it.</param>
internal sealed class WorkPlace(PlaceWork work, Workspace? workspace, PlaceRequest request, WorkerContainer container)
{
    /// <summary>Null where it works in a directory.</summary>
    public string? WorkspaceId => workspace?.Id;

    public WorkspaceKind Kind => workspace?.Kind ?? WorkspaceKind.Directory;

    public string? Branch => workspace?.BranchName;

    /// <summary>Where its agents work.</summary>
    public string Directory => workspace?.WorkingDirectory ?? request.Directory;

    /// <summary>What its agents are told of it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; } = PlaceEnvironment.Of(request.Environment, workspace);

    public LaunchChoice Launch => container.Choice;

    /// <summary>How commands are started here, and with what environment.</summary>
    public CommandPlace Commands { get; } = new(work, workspace, request, container);

    /// <summary>Runs the set-up, once.</summary>
    /// <returns>Null; or why nothing can run here.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped meanwhile.</exception>
    public async Task<string?> PrepareAsync(PromptRun run, CancellationToken leaving)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        try
        {
            await Commands.PrepareAsync(stop.Token);
            return workspace is null ? null : await work.SetUpAsync(workspace, request.Type, run, Environment, Commands, stop.Token);
        }
        catch (Exception e) when (e is RefusedException or LaunchException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Commits what the agent left, runs the checks, and says what speaks for the run.</summary>
    /// <exception cref="OperationCanceledException">The host goes, and leaves the rest to the next one.</exception>
    public async Task<Conclusion> ConcludeAsync(PromptRun run, RunOutcome outcome, CancellationToken leaving)
    {
        var notes = new List<string>();
        var rules = workspace is null ? RepositoryRules.None : await work.Rules.TrustedAsync(workspace, request.Environment, notes);
        notes.AddRange(await Commands.BringBackAsync());
        var changes = workspace is null ? null : await work.CommitAsync(workspace, MessageOf(run), rules, request.Environment, notes);
        string[] commands = outcome is RunOutcome.Completed ? [.. request.Type.Verify.Concat(request.Verify).Concat(rules.Verify).Distinct()] : [];
        if (commands.Length == 0)
        {
            return new(outcome, new Evidence { Changes = changes, Notes = notes });
        }

        var checks = new List<CheckResult>();
        try
        {
            if (await NotShownAsync(leaving) is { } fault)
            {
                checks.Add(new(commands[0], null, 0, fault));
                commands = [];
            }

            foreach (string command in commands)
            {
                checks.Add(await work.CheckAsync(command, checks.Count + 1, run, Directory, Commands, leaving, run.StopAsked));
            }
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            notes.Add("The checks were stopped before their end.");
            return new(new RunOutcome.Cancelled(run.Stop?.Detail ?? ""), new Evidence { Changes = changes, Checks = checks, Notes = notes });
        }

        bool verified = checks.TrueForAll(check => check.Passed);
        var evidence = new Evidence { Verified = verified, Changes = changes, Checks = checks, Notes = notes };
        return new(verified ? outcome : new RunOutcome.VerificationFailed(TextOf(checks)), evidence);
    }

    /// <summary>A container of the checks shows the place as it is after the commit; and this host may not be the one that launched the agent.</summary>
    /// <returns>Why it cannot be shown; null where it is.</returns>
    private async Task<string?> NotShownAsync(CancellationToken leaving)
    {
        try
        {
            await Commands.PrepareAsync(leaving);
            return null;
        }
        catch (RefusedException e)
        {
            return e.Message;
        }
    }

    private static string MessageOf(PromptRun run)
    {
        const int SubjectMax = 72;
        string line = OneLine.Of(run.Prompt);
        string subject = line.Length > SubjectMax ? line[..(char.IsHighSurrogate(line[SubjectMax - 2]) ? SubjectMax - 2 : SubjectMax - 1)] + "…" : line;
        return $"{(subject.Length == 0 ? "Work of a worker" : subject)}\n\nWorker: {run.Identity.WorkerId}\nRun: {run.Identity.RunId}\n";
    }

    private static string TextOf(IEnumerable<CheckResult> checks)
    {
        var failed = checks.Where(check => !check.Passed).Select(check => check.ExitCode is { } code ? $"'{check.Command}' ended with exit code {code}" : $"'{check.Command}' did not come to its end");
        return $"The agent says that it is done, and a check says otherwise: {string.Join("; ", failed)}. The work is kept; metadata.evidence.checks has the output.";
    }
}
