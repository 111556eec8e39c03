using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// What becomes of a run whose agent has ended while something that it asked is open, or whose budget is spent: its place is free for others, and it is
/// settled once that is decided. Where the answer lets it go on, another run of the same session does.
/// </summary>
internal sealed class RunContinuations(WorkerHost host)
{
    /// <summary>Why the requests of a run that was stopped are withdrawn: a later host knows by it that it was.</summary>
    private const string Stopped = "its run was stopped";

    private readonly ContinuedRuns _next = new(host);

    /// <summary>To be asked once the agent of a run has ended, before its workspace is looked at.</summary>
    /// <param name="outcome">How its agent ended.</param>
    /// <returns>How the run ends.</returns>
    public async Task<RunOutcome> AfterAsync(Worker worker, PromptRun run, RunOutcome outcome, CancellationToken leaving)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        try
        {
            if (run.IsRestored && await MadeBeforeAsync(worker, run, either.Token, leaving) is { } made)
            {
                await WithdrawAsync(run, "its run ended");
                return made;
            }

            if (outcome is RunOutcome.Completed or RunOutcome.BudgetExceeded)
            {
                return await ConcludeAsync(worker, run, outcome, either.Token, leaving);
            }
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            await WithdrawAsync(run, Stopped);
            return outcome is RunOutcome.Completed or RunOutcome.BudgetExceeded ? new RunOutcome.Cancelled(run.Stop?.Detail ?? "") : outcome;
        }

        await WithdrawAsync(run, run.Stop is null ? "its run ended" : Stopped);
        return outcome;
    }

    /// <summary>To be asked before a run of an earlier host is launched: that one may have gone on with it as another run already, or stopped it.</summary>
    /// <returns>Null where it is to be launched.</returns>
    public async Task<RunOutcome?> GoneOnAsync(Worker worker, PromptRun run, CancellationToken leaving)
    {
        if (!run.IsRestored)
        {
            return null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        return await MadeBeforeAsync(worker, run, either.Token, leaving);
    }

    /// <summary>To be told before a run is launched that it may spend: what an earlier host had asked about that is settled by it.</summary>
    /// <returns>How it ends where somebody had said no; null where it is to be launched.</returns>
    public async Task<RunOutcome?> AffordableAsync(PromptRun run, CancellationToken leaving)
    {
        if (!run.IsRestored || !run.Holds.HasAsked)
        {
            return null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        var query = new RequestQuery { RunId = run.Identity.RunId, Kinds = [RequestKind.Budget] };
        foreach (var request in await host.StoredAsync(() => host.Requests.AllAsync(query, either.Token), either.Token))
        {
            if (request is { Delivered: null, State: RequestState.Denied })
            {
                await host.StoredAsync(() => host.Requests.DeliverAsync(request), either.Token);
                return new RunOutcome.BudgetExceeded(request.Text);
            }

            await host.StoredAsync(
                async () =>
                {
                    if (request.IsPending)
                    {
                        await host.Requests.WithdrawOneAsync(request, "there is something left to spend");
                    }

                    // Where it was decided in that moment it is told as well: the run need not wait for it.
                    return await host.Requests.DeliverAsync(request);
                },
                either.Token);
        }

        return null;
    }

    /// <summary>The session as the latest of these runs left it that was launched; null where none was, or nobody can say.</summary>
    public WorkerSession? SessionOf(IReadOnlyList<string> runs) =>
        runs.Select(runId => RunRecord.TryRead(host.Home.RunPath(runId))).FirstOrDefault(record => record is { IsSettled: true }) is { } record
            ? new(record.SessionId ?? record.Resumed, record.After)
            : null;

    /// <summary>To be told of each end, once it is settled.</summary>
    public Task SettledAsync(string runId) => host.Requests.PendingOf(runId) is null ? Task.CompletedTask : WithdrawAsync(runId, "its run ended");

    private async Task<RunOutcome> ConcludeAsync(Worker worker, PromptRun run, RunOutcome outcome, CancellationToken either, CancellationToken leaving)
    {
        var asked = await AskedAsync(worker, run, outcome, either);
        var open = await OpenAsync(run, asked, either);
        if (open.Count == 0)
        {
            return Ended(outcome, asked);
        }

        run.Place?.Dispose();
        host.Gate.Over(worker.Pool, run.Identity.RunId);
        var decided = await DecidedAsync(open, either);
        if (run.Stop is null && decided.Exists(GoesOn) && !IsRefused(decided) && ContinuedRuns.CanGoOn(worker, run))
        {
            return await _next.GoOnAsync(worker, run, decided, either, leaving);
        }

        await Task.WhenAll(decided.Select(request => host.StoredAsync(() => host.Requests.DeliverAsync(request), either)));
        either.ThrowIfCancellationRequested();
        if (outcome is RunOutcome.Completed)
        {
            // What follows a good end, such as checks, is work like any other.
            run.Place = await host.Slots.TakeAsync(either);
        }

        return Ended(outcome, [.. asked.Where(request => !decided.Exists(other => other.RequestId == request.RequestId)), .. decided]);
    }

    /// <summary>What an earlier host made of it, as far as that is on record: nothing else may become of it then.</summary>
    private async Task<RunOutcome?> MadeBeforeAsync(Worker worker, PromptRun run, CancellationToken either, CancellationToken leaving)
    {
        var asked = await AskedAsync(worker, run, null, either);
        List<WorkerRequest> begun = [.. asked.Where(request => request.ContinuedBy is not null)];
        if (begun.Count > 0 && await _next.IsAcceptedAsync(begun[0].ContinuedBy!, either))
        {
            return await _next.GoOnAsync(worker, run, begun, either, leaving);
        }

        if (RunRecord.TryRead(run.Identity.RunDirectory)?.Result is { } recorded && (string?)recorded["metadata"]?["outcome"] == "cancelled")
        {
            // The store could not be told.
            return OutcomeText.CancelledOf((string?)recorded["error"]);
        }

        return asked.Exists(request => request is { State: RequestState.Withdrawn, DecidedBy: Stopped }) ? new RunOutcome.Cancelled("It was stopped while it waited for an answer.")
            : begun.Count > 0 ? await _next.GoOnAsync(worker, run, [.. asked.Where(request => request.ContinuedBy is not null || IsLeft(run, request))], either, leaving)
            : null;
    }

    /// <summary>It was decided together with those that the next run was noted for, and the host was cut off before it was noted too.</summary>
    private static bool IsLeft(PromptRun run, WorkerRequest request) =>
        !request.IsPending && request.Delivered is null && request.State != RequestState.Withdrawn && !GivenAnswers.Holds(run.Identity.RunDirectory, request);

    /// <summary>More was not to be spent. A yes is not taken back by a second request about the same that nobody answered.</summary>
    private static bool IsRefused(List<WorkerRequest> decided)
    {
        var budgets = decided.FindAll(request => request.Kind == RequestKind.Budget);
        return budgets.Exists(request => request.State == RequestState.Denied) || (budgets.Count > 0 && !budgets.Exists(request => request.IsYes));
    }

    /// <summary>A question is answered whatever the answer is; all else goes on only where it was allowed.</summary>
    public static bool GoesOn(WorkerRequest request) =>
        request.State != RequestState.Withdrawn && (request.Kind == RequestKind.Question || request.IsYes);

    private static RunOutcome Ended(RunOutcome outcome, IReadOnlyList<WorkerRequest> asked) =>
        outcome is RunOutcome.Completed
        && asked.Where(request => request.Kind == RequestKind.Permission && request.State is RequestState.Denied or RequestState.Expired)
            .Select(request => request.Tool ?? "").Distinct().ToList() is { Count: > 0 } denied
            ? new RunOutcome.CompletedWithDenials(denied)
            : outcome;

    /// <summary>What this run has asked, and, where its budget is spent, the request whether to go on.</summary>
    /// <param name="outcome">Null where its agent has not ended yet.</param>
    private async Task<List<WorkerRequest>> AskedAsync(Worker worker, PromptRun run, RunOutcome? outcome, CancellationToken either)
    {
        var spent = outcome as RunOutcome.BudgetExceeded;
        if (spent is null && !run.Holds.HasAsked && !run.IsRestored)
        {
            return [];
        }

        var asked = await host.StoredAsync(() => host.Requests.AllAsync(new RequestQuery { RunId = run.Identity.RunId }, either), either);
        if (spent is null || !ContinuedRuns.CanGoOn(worker, run))
        {
            return asked;
        }

        string key = run.Breach?.Key ?? $"{run.Identity.RunId}/budget";
        var known = asked.FindAll(request => request.Kind == RequestKind.Budget);
        var open = known.Find(request => request.State != RequestState.Withdrawn && !(request.IsYes && request.Delivered is not null)
            && (run.Started is not { } started || request.Created >= started));
        if (open is null || open.Key == key)
        {
            host.Budgets.NoteAsked(run.Breach);
        }

        if (open is null)
        {
            // An earlier host asked about this end as it knew it then. One about a time before its launch is another one.
            int times = known.Count(request => request.Key.StartsWith(key, StringComparison.Ordinal));
            asked.Add(await host.StoredAsync(() => host.Requests.AskAsync(BudgetDraftOf(worker, run, BudgetBreach.KeyAgain(key, times), spent)), either));
        }

        return asked;
    }

    private static RequestDraft BudgetDraftOf(Worker worker, PromptRun run, string key, RunOutcome.BudgetExceeded spent) => new()
    {
        Kind = RequestKind.Budget,
        Key = key,
        RunId = run.Identity.RunId,
        WorkerId = run.Identity.WorkerId,
        WorkerType = run.Identity.WorkerType,
        TaskId = run.Budget.TaskId,
        Text = ContinuedRuns.HasSession(worker, run)
            ? run.Breach?.Text ?? spent.Message + " Go on?"
            : $"{run.Breach?.Said ?? spent.Message} Its session cannot be gone on with: a yes begins its prompt anew, with as much again. Begin anew?",
    };

    /// <summary>What its agent has not been answered.</summary>
    private async Task<List<WorkerRequest>> OpenAsync(PromptRun run, List<WorkerRequest> asked, CancellationToken either)
    {
        List<WorkerRequest> open = [];
        foreach (var request in asked.Where(request => request.Delivered is null && request.State != RequestState.Withdrawn))
        {
            if (!request.IsPending && GivenAnswers.Holds(run.Identity.RunDirectory, request))
            {
                // It was told, and this host was not.
                await host.StoredAsync(() => host.Requests.DeliverAsync(request), either);
            }
            else
            {
                open.Add(request);
            }
        }

        return open;
    }

    private async Task<List<WorkerRequest>> DecidedAsync(List<WorkerRequest> open, CancellationToken either)
    {
        var decided = new List<WorkerRequest>(open.Count);
        foreach (var request in open)
        {
            decided.Add(
                !request.IsPending ? request
                : await host.StoredAsync(() => host.Requests.WaitAsync(request.RequestId, Timeout.InfiniteTimeSpan, either), either)
                    ?? throw new System.Diagnostics.UnreachableException());
        }

        return decided;
    }

    private Task WithdrawAsync(PromptRun run, string why) => WithdrawAsync(run.Identity.RunId, why);

    private async Task WithdrawAsync(string runId, string why)
    {
        foreach (var request in host.Requests.Pending.Where(request => request.RunId == runId))
        {
            try
            {
                await host.Requests.WithdrawOneAsync(request, why);
            }
            catch (RefusedException)
            {
                // It expires by itself; whoever answers it meanwhile is told that its run is over by the run.
            }
        }
    }
}
