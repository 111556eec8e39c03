using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// What becomes of a run whose agent has ended while something that it asked is open, or whose budget is spent: its place is free for others, and it is
/// settled once that is decided. Where the answer lets it go on, another run of the same session does.
/// </summary>
internal sealed class RunContinuations(WorkerHost host)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>To be asked once the agent of a run has ended, before its workspace is looked at.</summary>
    /// <param name="outcome">How its agent ended.</param>
    /// <returns>How the run ends.</returns>
    public async Task<RunOutcome> AfterAsync(Worker worker, PromptRun run, RunOutcome outcome, CancellationToken leaving)
    {
        var asked = await AskedAsync(run, outcome, leaving);
        if (await GoneOnAsync(worker, run, asked, leaving) is { } goneOn)
        {
            return goneOn;
        }

        if (outcome is not (RunOutcome.Completed or RunOutcome.BudgetExceeded))
        {
            await WithdrawAsync(asked, "its run ended");
            return outcome;
        }

        List<WorkerRequest> open = [.. asked.Where(request => request.Delivered is null && request.State != RequestState.Withdrawn)];
        if (open.Count == 0)
        {
            return Ended(outcome, asked);
        }

        run.Place?.Dispose();
        host.Gate.Over(worker.Pool, run.Identity.RunId);
        try
        {
            var decided = await DecidedAsync(run, open, leaving);
            if (run.Stop is null && decided.Exists(GoesOn) && !decided.Exists(request => request.Kind == RequestKind.Budget && !request.IsYes))
            {
                return await GoOnAsync(worker, run, decided, leaving);
            }

            await Task.WhenAll(decided.Select(request => StoredAsync(() => host.Requests.DeliverAsync(request), leaving)));
            if (run.Stop is { } stop)
            {
                return new RunOutcome.Cancelled(stop.Detail);
            }

            if (outcome is RunOutcome.Completed)
            {
                // What follows a good end, such as checks, is work like any other.
                run.Place = await host.Slots.TakeAsync(run.StopAsked);
            }

            return Ended(outcome, [.. asked.Where(request => !decided.Exists(other => other.RequestId == request.RequestId)), .. decided]);
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            await WithdrawAsync(open, "its run was stopped");
            return new RunOutcome.Cancelled(run.Stop?.Detail ?? "");
        }
    }

    /// <summary>To be asked before a run of an earlier host is launched: that one may have gone on with it as another run already.</summary>
    /// <returns>Null where it is to be launched.</returns>
    public async Task<RunOutcome?> GoneOnAsync(Worker worker, PromptRun run, CancellationToken leaving) =>
        run.IsRestored ? await GoneOnAsync(worker, run, await AskedAsync(run, null, leaving), leaving) : null;

    /// <summary>Once it is noted which run goes on nothing else may become of this one, whichever host was cut off after it.</summary>
    private async Task<RunOutcome?> GoneOnAsync(Worker worker, PromptRun run, List<WorkerRequest> asked, CancellationToken leaving)
    {
        List<WorkerRequest> begun = [.. asked.Where(request => request.ContinuedBy is not null)];
        return begun.Count == 0 ? null : await GoOnAsync(worker, run, begun, leaving);
    }

    /// <summary>To be told of each end, once it is settled.</summary>
    public async Task SettledAsync(string runId, WorkerResult result)
    {
        if (result.Metadata["continues"]?.GetValue<string>() is { } before)
        {
            // Nobody fetches the result of a run that went on as another; until that one's end it is what leads to it.
            await host.Settling.CollectedAsync([before]);
        }

        if (host.Requests.PendingOf(runId) is not null)
        {
            await WithdrawAsync(host.Requests.Pending.Where(request => request.RunId == runId), "its run ended");
        }
    }

    /// <summary>A question is answered whatever the answer is; all else goes on only where it was allowed.</summary>
    private static bool GoesOn(WorkerRequest request) =>
        request.State != RequestState.Withdrawn && (request.Kind == RequestKind.Question || request.IsYes);

    private static RunOutcome Ended(RunOutcome outcome, IReadOnlyList<WorkerRequest> asked) =>
        outcome is RunOutcome.Completed
        && asked.Where(request => request.Kind == RequestKind.Permission && request.State is RequestState.Denied or RequestState.Expired)
            .Select(request => request.Tool ?? "").Distinct().ToList() is { Count: > 0 } denied
            ? new RunOutcome.CompletedWithDenials(denied)
            : outcome;

    /// <summary>What this run has asked, and, where its budget is spent, the request whether to go on.</summary>
    private async Task<List<WorkerRequest>> AskedAsync(PromptRun run, RunOutcome? outcome, CancellationToken leaving)
    {
        if (outcome is RunOutcome.BudgetExceeded spent)
        {
            host.Budgets.NoteAsked(run.Breach);
            await StoredAsync(() => host.Requests.AskAsync(new()
            {
                Kind = RequestKind.Budget,
                Key = run.Breach?.Key ?? $"{run.Identity.RunId}/budget",
                RunId = run.Identity.RunId,
                WorkerId = run.Identity.WorkerId,
                WorkerType = run.Identity.WorkerType,
                TaskId = run.Budget.TaskId,
                Text = run.Breach?.Text ?? spent.Message + " Go on?",
            }), leaving);
        }
        else if (!run.Holds.HasAsked && !run.IsRestored)
        {
            return [];
        }

        var page = await StoredAsync(
            () => host.Requests.ListAsync(new RequestQuery { RunId = run.Identity.RunId, Limit = RequestQuery.LimitMax }, leaving), leaving);
        return [.. page.Requests.Reverse()];
    }

    private async Task<List<WorkerRequest>> DecidedAsync(PromptRun run, List<WorkerRequest> open, CancellationToken leaving)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.StopAsked, leaving);
        var decided = new List<WorkerRequest>(open.Count);
        foreach (var request in open)
        {
            decided.Add(
                !request.IsPending ? request
                : await StoredAsync(() => host.Requests.WaitAsync(request.RequestId, Timeout.InfiniteTimeSpan, either.Token), either.Token)
                    ?? throw new System.Diagnostics.UnreachableException());
        }

        return decided;
    }

    private async Task<RunOutcome> GoOnAsync(Worker worker, PromptRun run, List<WorkerRequest> decided, CancellationToken leaving)
    {
        string nextId = decided.Select(request => request.ContinuedBy).FirstOrDefault(id => id is not null) ?? RunIntake.NewId();
        foreach (var request in decided)
        {
            if (request.IsYes)
            {
                await StoredAsync(() => host.Budgets.GrantAsync(request), leaving);
            }

            await StoredAsync(() => host.Requests.ContinueAsync(request, nextId), leaving);
        }

        host.Live.Continue(run.Identity.RunId, nextId);
        if (host.Live.Find(nextId) is null && await StoredAsync(() => host.Store.Workers.FindRunAsync(nextId, leaving), leaving) is null)
        {
            run.Next = await AcceptAsync(worker, run, nextId, run.Started is null ? run.Prompt : AnswerPrompt.Of(decided), leaving);
        }

        // What was allowed is not used up yet: the other run asks for the same again, and gets it once.
        foreach (var request in decided.Where(request => request.Kind != RequestKind.Permission || !request.IsYes))
        {
            await StoredAsync(() => host.Requests.DeliverAsync(request), leaving);
        }

        return new RunOutcome.Continued(nextId, decided.Find(GoesOn)?.RequestId ?? decided[0].RequestId);
    }

    private async Task<PromptRun> AcceptAsync(Worker worker, PromptRun run, string nextId, string prompt, CancellationToken leaving)
    {
        var next = worker.NewRun(nextId, host.Home.RunPath(nextId), prompt, run.Timeout, host.Time.GetUtcNow(), continues: run.Identity.RunId, budget: run.Budget);
        await StoredAsync(
            async () =>
            {
                await host.Store.Workers.AcceptAsync([RunIntake.RowOf(next)]);
                return true;
            },
            leaving);
        next.MarkStored(isStored: true);
        host.Live.Add(worker, next);
        new RunIntake(host).Forget(next);
        return next;
    }

    private async Task WithdrawAsync(IEnumerable<WorkerRequest> requests, string why)
    {
        foreach (var request in requests.Where(request => request.IsPending))
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

    /// <summary>What the store refuses is tried again: what was answered must not be lost, and nothing is done twice.</summary>
    private async Task<T> StoredAsync<T>(Func<Task<T>> write, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await write();
            }
            catch (Exception e) when (e is StoreException or RefusedException { Code: RefusalCode.StoreUnavailable })
            {
                await Task.Delay(Pause, host.Time, cancellationToken);
            }
        }
    }
}
