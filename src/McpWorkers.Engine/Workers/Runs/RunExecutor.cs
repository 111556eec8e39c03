using System.Text.Json;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Places;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>What a run needs of its worker.</summary>
internal sealed record RunContext(
    WorkerType Type,
    IAgentAdapter Agent,
    string Executable,
    string WorkingDirectory,
    string? Model,
    Permission Permission,
    IReadOnlyDictionary<string, string> Environment,
    string? ResumeSession,
    SessionTotals Before,
    string? ParentRun = null)
{
    public required CommandPlace Commands { get; init; }

    public required RunAids Aids { get; init; }
}

/// <summary>What a run needs of its host while it goes on.</summary>
/// <param name="Budgeted">What it counts for.</param>
/// <param name="OwnServer">The MCP server by which its agent asks and reports; null for none.</param>
/// <param name="Ask">Asks for leave on behalf of an agent that is answered on its input.</param>
/// <param name="Given">Told which request's decision that agent has got.</param>
internal sealed record RunAids(
    BudgetedRun Budgeted, McpServerSpec? OwnServer, Func<AgentEvent.PermissionAsked, CancellationToken, Task<PermissionReply>> Ask, Func<string, Task> Given);

/// <summary>What a settled run leaves for the next one.</summary>
internal sealed record RunReport(WorkerResult Result, AgentSummary? Summary);

/// <summary>Takes one run from its plan to its result: plan, launch, observe, judge, write down.</summary>
internal sealed partial class RunExecutor(
    ILauncher launcher, HostSettings settings, IReadOnlyList<string> allKeys, IRunHome home, BudgetKeeper budgets, TimeProvider time)
{
    private const int ReadBackBytesMax = 16 * 1024 * 1024;

    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    public LaunchGate Launches { get; } = new();

    /// <summary>Runs to the end. An ending of any kind is a result; only our own faults throw.</summary>
    /// <param name="changed">Told when there is something new to show.</param>
    /// <param name="leaving">The host goes and leaves the run going: throws.</param>
    public async Task<RunReport> RunAsync(PromptRun run, RunContext context, WorkPlace place, Action changed, CancellationToken leaving)
    {
        leaving.ThrowIfCancellationRequested();
        run.Identity = run.Identity with { Queued = run.Waited(time) };
        if (run.GoneOn is { } goneOn && await goneOn(leaving) is { } other)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, other, time.GetUtcNow()), null);
        }

        if (await place.PrepareAsync(run, leaving) is { } unready)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.LaunchFailed(unready), time.GetUtcNow()), null);
        }

        if (await NotAffordableAsync(run, context.Aids.Budgeted, leaving) is { } spent)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, spent, time.GetUtcNow()), null);
        }

        if (run.Affordable is { } affordable && await affordable(leaving) is { } refused)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, refused, time.GetUtcNow()), null);
        }

        run.HasSession = context.ResumeSession is not null;
        var spending = await SpendingAsync(run, context.Aids.Budgeted, leaving);
        var plan = context.Agent.Plan(new AgentRequest
        {
            Type = context.Type,
            Prompt = run.Prompt,
            ResumeSession = context.ResumeSession,
            NewSession = Guid.NewGuid(),
            Model = context.Model ?? context.Type.Model,
            Permission = context.Permission,
            McpServers = context.Aids.OwnServer is { } own ? [.. context.Type.McpServers, own] : context.Type.McpServers,
            LiveUsage = spending.NeedsLiveUsage,
            BudgetUsd = spending.UsdLeft,
            Executable = context.Executable,
            FileExists = context.Commands.IsContainer ? static _ => false : File.Exists,
            RunDirectory = run.Identity.RunDirectory,
            WorkingDirectory = context.WorkingDirectory,
            Timeout = run.Timeout,
            IsRoot = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows(),
        });
        plan = plan with { Warnings = [.. plan.Warnings, .. run.BudgetWarnings] };
        IExecutionHandle handle;
        try
        {
            handle = await Launches.LaunchAsync(
                () => launcher.LaunchAsync(ToLaunch(run, context, plan, changed), context.Commands.IsContainer ? run.StopAsked : CancellationToken.None));
        }
        catch (LaunchException e)
        {
            await spending.SettleAsync(null);
            return new(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.LaunchFailed(e.Message), time.GetUtcNow()), null);
        }

        using var conversation = plan.Control is { } control ? Conversation(run, control, context.Aids, leaving) : null;
        conversation?.Begin(handle, isAdopted: false);
        run.Attendants = new(run.Holds, run.Quota, spending, conversation);
        run.Launched(handle);
        return await WatchAsync(run, handle, context.Agent.NewReader(context.Before), plan.ReadBack, plan.Warnings, place, changed, leaving);
    }

    /// <summary>Takes a run up again that another host launched, and goes on as if it had been this one.</summary>
    public async Task<RunReport> AdoptAsync(
        PromptRun run, IExecutionHandle handle, RecordedRun recorded, IAgentAdapter agent, RunAids aids, WorkPlace place, Action changed, CancellationToken leaving)
    {
        run.Identity = recorded.Run;
        run.HasSession = recorded.Resumed is not null;
        run.Quota?.CatchUp(LengthOf(run, "stdout.ndjson"), LengthOf(run, "stderr.log"));
        using var conversation = agent.Control is { } control && handle.HasOpenInput ? Conversation(run, control, aids, leaving) : null;
        conversation?.Begin(handle, isAdopted: true);
        run.Attendants = new(run.Holds, run.Quota, await SpendingAsync(run, aids.Budgeted with { IsHeld = run.Holds.IsHeld, HasEnded = handle.HasEnded }, leaving), conversation);
        return await WatchAsync(run, handle, agent.NewReader(recorded.Before), recorded.ReadBack, recorded.Warnings, place, changed, leaving);
    }

    private static RunConversation Conversation(PromptRun run, IAgentControl control, RunAids aids, CancellationToken leaving) =>
        new(control, run.Identity.RunDirectory, aids.Ask, aids.Given, run.Progress.Say, leaving);

    /// <returns>How it ends without having begun; null where it may begin.</returns>
    private async Task<RunOutcome?> NotAffordableAsync(PromptRun run, BudgetedRun budgeted, CancellationToken leaving)
    {
        if (!budgets.IsBounded(budgeted))
        {
            return null;
        }

        switch (await StoredAsync(run, () => budgets.CheckAsync(budgeted, leaving), leaving))
        {
            case BudgetAnswer.Impossible(var message):
                return new RunOutcome.LaunchFailed(message);
            case BudgetAnswer.Spent(var breach, _, _):
                run.Breach = breach;
                run.Quota?.GiveWay();
                return await run.Ended!(new RunOutcome.BudgetExceeded(breach.Said), leaving);
            case BudgetAnswer.Free(var warnings):
                run.BudgetWarnings = warnings;
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<RunSpending> SpendingAsync(PromptRun run, BudgetedRun budgeted, CancellationToken leaving) =>
        new(await StoredAsync(run, () => budgets.BeginAsync(budgeted, leaving), leaving), run.Holds, time);

    /// <summary>What may be spent must be known: a store that cannot be read is asked again, until somebody has it stopped.</summary>
    private async Task<T> StoredAsync<T>(PromptRun run, Func<Task<T>> read, CancellationToken leaving)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        while (true)
        {
            try
            {
                return await read();
            }
            catch (StoreException e)
            {
                run.Progress.Say($"waits for the store: {e.Message}");
                await Task.Delay(StorePause, time, either.Token);
            }
        }
    }

    private static long LengthOf(PromptRun run, string name) =>
        new FileInfo(Path.Combine(run.Identity.RunDirectory, name)) is { Exists: true } file ? file.Length : 0;

    private async Task<RunReport> WatchAsync(
        PromptRun run, IExecutionHandle handle, AgentReader reader, IReadOnlyList<string> readBack, IReadOnlyList<string> warnings, WorkPlace place,
        Action changed, CancellationToken leaving)
    {
        changed();
        reader.Listener = said =>
        {
            run.Trace?.Take(said);
            run.HasSession |= said is AgentEvent.SessionStarted { SessionId.Length: > 0 };
            run.Attendants.Take(said);
            if (run.Progress.Take(said))
            {
                changed();
            }
        };
        try
        {
            return await ObserveAsync(
                handle, reader, run.Identity, readBack, warnings, run.Secrets, ConcludeAsync, leaving, at => run.Progress.LogCursor = at, run.Attendants);
        }
        catch when (!leaving.IsCancellationRequested)
        {
            // A fault of ours: nobody would look after the run from here on, so it must not go on.
            await handle.StopAsync(new(StopKind.OwnerEnded, "an internal fault of the host"), StopPlan.KillNow, CancellationToken.None);
            throw;
        }

        async Task<Conclusion> ConcludeAsync(RunOutcome outcome)
        {
            var after = run.Ended is { } ended ? await ended(outcome, leaving) : outcome;
            if (after is not RunOutcome.CompletedWithDenials)
            {
                return await place.ConcludeAsync(run, after, leaving);
            }

            // To its checks it is a run like any other that its agent took to the end.
            var conclusion = await place.ConcludeAsync(run, new RunOutcome.Completed(), leaving);
            return conclusion.Outcome is RunOutcome.Completed ? conclusion with { Outcome = after } : conclusion;
        }
    }

    /// <summary>Reads a started run to its end and settles it; the same for a run of ours and for one that was taken up again.</summary>
    /// <param name="conclude">Told how the agent ended: looks at the workspace, and has the last word.</param>
    /// <param name="at">Told where each line of the output begins, in bytes.</param>
    /// <param name="attendants">Who else listens; null for nobody.</param>
    public static async Task<RunReport> ObserveAsync(
        IExecutionHandle handle, AgentReader reader, RunIdentity identity, IReadOnlyList<string> readBack, IReadOnlyList<string> warnings,
        SecretValues secrets, Func<RunOutcome, Task<Conclusion>> conclude, CancellationToken leaving, Action<long>? at = null,
        RunAttendants? attendants = null)
    {
        attendants ??= RunAttendants.None;
        var end = await handle.ObserveAsync(new AgentRunReader(reader, at, attendants), leaving);
        var summary = reader.Conclude(new AgentEnding
        {
            ExitCode = end.Exit is ExitStatus.Code code ? code.Value : null,
            Stopped = end.Stop?.Kind,
            StderrTail = end.StderrTail,
            Files = ReadFiles(identity.RunDirectory, readBack),
        });
        var ended = OutcomeDecision.Of(end, summary.Verdict);
        ended = attendants.Quota?.Conclude(ended, end, summary) ?? ended;
        if (attendants.Spending is { } spending)
        {
            warnings = await spending.SettleAsync(summary, end.Started + end.Duration) is { } unwritten ? [.. warnings, unwritten] : warnings;
            ended = spending.Conclude(ended);
        }

        var (outcome, evidence) = await conclude(ended);
        var result = Result(warnings);
        try
        {
            SaidSecrets.Note(identity.RunDirectory, secrets);
            RunRecord.Settle(identity.RunDirectory, result, summary.SessionId, summary.SessionAfter);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // The result is in our hands and goes to whoever waits for it; that it could not be written down is said with it.
            string warning = $"The result could not be written into the run directory: {e.Message}";
            result = Result([.. warnings, warning]);
        }

        return new(result, summary);

        WorkerResult Result(IReadOnlyList<string> warned)
        {
            var made = ResultMaker.WithArtifacts(
                ResultMaker.Of(identity, outcome, end, summary, warned, evidence), SharedArtifacts.Read(identity.RunDirectory));
            attendants.Describe(made.Metadata);
            return secrets.Mask(made);
        }
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> ReadFiles(string runDirectory, IReadOnlyList<string> names)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (string name in names)
        {
            if (RegularFile.TryRead(Path.Combine(runDirectory, name), ReadBackBytesMax) is { } content)
            {
                files[name] = content;
            }
        }

        return files;
    }
}
